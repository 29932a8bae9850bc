/// This backend's column of the table "When writable comes again" in the guide "Choosing a backend".
extension Backend {
  static let tcpWritableAgain: Set<StreamChange> = [
    .peerShutsDownWriting, .shutDownReading, .shutDownWriting, .setSendBuffer,
  ]
  static let unixStreamWritableAgain: Set<StreamChange> = [
    .peerReadsAll, .peerShutsDownReading, .peerShutsDownWriting, .shutDownReading, .shutDownWriting, .setSendBuffer,
  ]
  static let udpWritableAgain: Set<DatagramChange> = [.send, .setSendBuffer]
  static let unixDatagramWritableAgain: Set<DatagramChange> = [.peerReceives, .connectAgain, .setSendBuffer]
  static let pipeWritableAgain: Set<PipeChange> = [.readerReadsPartOfFull]
}
