/// The open files of a node by their numbers, which are reused lowest first.
struct DescriptorTable {
  private var files: [File?]
  /// The free numbers below the end of `files`, a heap with the lowest first.
  private var free: [Int] = []
  private(set) var count = 0

  /// The most files that may be open at once.
  var limit: Int

  /// Makes a table whose numbers begin above those of the standard streams.
  init(limit: Int) {
    self.limit = limit
    files = [nil, nil, nil]
  }

  /// Whether as many files are open as may be.
  var isFull: Bool { count >= limit }

  subscript(number: Int32) -> File? {
    let index = Int(number)
    return files.indices.contains(index) ? files[index] : nil
  }

  /// Enters a file under the lowest free number; the caller has asked whether there is room.
  mutating func insert(_ file: File) -> Int32 {
    file.descriptorCount += 1
    count += 1
    guard let number = takeLowestFree() else {
      files.append(file)
      return Int32(files.count - 1)
    }
    files[number] = file
    return Int32(number)
  }

  /// Takes a file out; its number is free afterwards.
  mutating func remove(_ number: Int32) -> File? {
    guard let file = self[number] else { return nil }
    files[Int(number)] = nil
    addFree(Int(number))
    file.descriptorCount -= 1
    count -= 1
    return file
  }

  /// The numbers in use with their files, in ascending order.
  var entries: [(number: Int32, file: File)] {
    files.indices.compactMap { index in files[index].map { (Int32(index), $0) } }
  }

  /// Lets go of all files.
  mutating func removeAll() {
    files.removeAll()
    free.removeAll()
    count = 0
  }

  private mutating func takeLowestFree() -> Int? {
    guard let lowest = free.first, let last = free.popLast() else { return nil }
    if free.isEmpty { return lowest }
    free[0] = last
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < free.count else { return lowest }
      if child + 1 < free.count, free[child + 1] < free[child] { child += 1 }
      guard free[child] < free[parent] else { return lowest }
      free.swapAt(child, parent)
      parent = child
    }
  }

  private mutating func addFree(_ number: Int) {
    free.append(number)
    var child = free.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard free[child] < free[parent] else { return }
      free.swapAt(child, parent)
      child = parent
    }
  }
}
