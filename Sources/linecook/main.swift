import Commands

await Linecook.main()
