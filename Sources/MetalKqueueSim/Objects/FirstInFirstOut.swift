/// Elements in the order in which they were appended, of which the first is taken.
struct FirstInFirstOut<Element> {
  private var elements: [Element?] = []
  private var head = 0

  var count: Int { elements.count - head }
  var isEmpty: Bool { count == 0 }
  var first: Element? { head < elements.count ? elements[head] : nil }

  mutating func append(_ element: Element) {
    elements.append(element)
  }

  mutating func takeFirst() -> Element? {
    guard let first else { return nil }
    elements[head] = nil
    head += 1
    // The part that was taken is dropped when it is half of all, so that taking costs O(1) on average.
    if head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return first
  }

  mutating func removeAll() {
    elements.removeAll()
    head = 0
  }
}
