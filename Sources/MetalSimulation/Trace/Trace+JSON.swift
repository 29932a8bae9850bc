public import MetalKqueueSim

extension Trace {
  /// The trace as lines of JSON: a header, each kept record, and a last line with the count and the digest.
  ///
  /// Each line is an object, and contains only the fields that its record has. Times are nanoseconds. Numbers have up
  /// to 64 bits, and hashes are hexadecimal text.
  ///
  /// - Complexity: O(kept records); allocates.
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
  /// The text as a string literal of JSON.
  ///
  /// An escape replaces each control character and each line separator of Unicode, so every reader finds the same
  /// lines. All other characters beyond ASCII stay as they are.
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
