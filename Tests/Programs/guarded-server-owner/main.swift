import Processes

// Owns a guarded server, named on the command line, until it is killed. For the test that nothing outlives its owner.

let server = GuardedServer.start(
    program: CommandLine.arguments[1], arguments: Array(CommandLine.arguments.dropFirst(2)), grace: 0)
_ = await server.exit()
