public import MetalKqueueSim

extension Trace {
  /// The records as lines of JSON: a header, a line for each record that is kept, and the count with the digest.
  ///
  /// Each line is an object. A field that a record does not have is not in its line. Times are nanoseconds. Numbers go up
  /// to 64 bits, and hashes are hexadecimal text.
  ///
  /// - Complexity: O(records kept); allocates.
  public var jsonLines: String {
    var names = ""
    for machine in machines {
      if !names.isEmpty { names += "," }
      names += machine.jsonString
    }
    var text = "{\"format\":2,\"seed\":\(seed),\"profile\":\(profile.jsonString),\"machines\":[\(names)]}\n"
    for record in records {
      text += "{\"number\":\(record.number)"
      for field in record.fields(machines) {
        text += ",\"\(field.name)\":\(field.isBare ? field.value : field.value.jsonString)"
      }
      text += "}\n"
    }
    return text + "{\"count\":\(count),\"digest\":\"\(hex)\"}\n"
  }
}

extension String {
  /// The text as a string of JSON, in ASCII but for letters of other scripts.
  ///
  /// Line ends of Unicode are escaped as well, so that every reader finds the same lines.
  var jsonString: String {
    var text = "\""
    for scalar in unicodeScalars {
      if scalar.isControl {
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      } else {
        if scalar == "\"" || scalar == "\\" { text += "\\" }
        text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
