print("linecook")
