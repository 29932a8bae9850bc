/// The open files of a kernel by descriptor.
struct DescriptorTable {
  private var files: [File?]
  /// The free numbers below the end of `files`.
  private var free = Heap<Int>()
  private(set) var count = 0

  /// The most files that may be open at once.
  var limit: Int

  /// Makes a table whose numbers begin above those of the standard streams.
  init(limit: Int) {
    self.limit = limit
    files = [nil, nil, nil]
  }

  var isFull: Bool { count >= limit }

  subscript(number: Int32) -> File? {
    let index = Int(number)
    return files.indices.contains(index) ? files[index] : nil
  }

  /// Inserts a file into a table that is not full, under the lowest free number.
  mutating func insert(_ file: File) -> Int32 {
    file.descriptorCount += 1
    count += 1
    guard let number = free.takeFirst() else {
      files.append(file)
      return Int32(files.count - 1)
    }
    files[number] = file
    return Int32(number)
  }

  /// Removes a file, and frees its number.
  mutating func remove(_ number: Int32) -> File? {
    guard let file = self[number] else { return nil }
    files[Int(number)] = nil
    free.insert(Int(number))
    file.descriptorCount -= 1
    count -= 1
    return file
  }

  /// The numbers in use with their files, in ascending order.
  var entries: [(number: Int32, file: File)] {
    files.indices.compactMap { index in files[index].map { (Int32(index), $0) } }
  }

  mutating func removeAll() {
    files.removeAll()
    free.removeAll()
    count = 0
  }
}
