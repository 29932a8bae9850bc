/// A first-in, first-out queue.
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
    // Removing the taken part when it is half of the array makes the cost of taking O(1) on average.
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
