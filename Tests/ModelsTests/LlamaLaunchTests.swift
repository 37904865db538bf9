import Testing

@testable import Models

@Suite struct LlamaLaunchTests {
    @Test(arguments: [
        ("0.03.020.401 I srv  llama_server: listening on http://127.0.0.1:33409", "http://127.0.0.1:33409"),
        ("main: server is listening on http://127.0.0.1:8080 - starting the main loop", "http://127.0.0.1:8080"),
    ])
    func `the address is found in the log of every build`(line: String, address: String) {
        #expect(LlamaLaunch.address(in: line) == address)
    }

    @Test(arguments: ["", "listening on http://127.0.0.1:", "listening on http://0.0.0.0:80", "loading model"])
    func `other lines are no address`(line: String) {
        #expect(LlamaLaunch.address(in: line) == nil)
    }

    @Test func `slots grow with cores and memory, from two to four`() {
        #expect(LocalModel.defaultSlots(cores: 1, memory: 1 << 30) == 2)
        #expect(LocalModel.defaultSlots(cores: 6, memory: 32 << 30) == 3)
        #expect(LocalModel.defaultSlots(cores: 64, memory: 32 << 30) == 4)
        #expect(LocalModel.defaultSlots(cores: 64, memory: 4 << 30) == 2)
    }
}
