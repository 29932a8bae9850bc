func print(_ value: some CustomStringConvertible) { Swift.print(value.description) }
