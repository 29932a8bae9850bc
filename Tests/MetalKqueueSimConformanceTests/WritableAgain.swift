/// This backend's column of the table "When writable comes again" in the guide "Choosing a backend".
extension Backend {
  static let tcpWritableAgain: Set<StreamChange> = [.write, .shutDownWriting, .setSendBuffer]
  static let unixStreamWritableAgain: Set<StreamChange> = [
    .peerReadsPart, .peerReadsAll, .shutDownWriting, .setSendBuffer,
  ]
  static let udpWritableAgain: Set<DatagramChange> = [.connectAgain]
  static let unixDatagramWritableAgain: Set<DatagramChange> = [.connectAgain]
  static let pipeWritableAgain: Set<PipeChange> = Set(PipeChange.allCases)
}
