import Commands

await Linecook.start()
