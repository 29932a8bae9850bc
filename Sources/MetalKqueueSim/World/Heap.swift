/// A binary heap, which finds its smallest element at once.
struct Heap<Element: Comparable> {
  /// The children of the element at position n are at 2n + 1 and 2n + 2, and no child is smaller than its parent.
  private var elements: [Element] = []

  var isEmpty: Bool { elements.isEmpty }

  var first: Element? { elements.first }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard elements[child] < elements[parent] else { return }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  /// Removes and returns the smallest element.
  mutating func takeFirst() -> Element? {
    guard let first = elements.first, let last = elements.popLast() else { return nil }
    if elements.isEmpty { return first }
    elements[0] = last
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < elements.count else { return first }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < elements[parent] else { return first }
      elements.swapAt(child, parent)
      parent = child
    }
  }

  mutating func removeAll() {
    elements.removeAll()
  }

  /// Keeps the elements for which `isWanted` returns `true`.
  mutating func keep(_ isWanted: (Element) -> Bool) {
    let all = elements
    elements.removeAll()
    for element in all where isWanted(element) { insert(element) }
  }
}
