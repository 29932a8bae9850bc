/// This backend's column of the table "When writable comes again" in the guide "Choosing a backend".
extension Backend {
  static let tcpWritableAgain: Set<StreamChange> = []
  static let unixStreamWritableAgain: Set<StreamChange> = []
  static let udpWritableAgain: Set<DatagramChange> = []
  static let unixDatagramWritableAgain: Set<DatagramChange> = []
  static let pipeWritableAgain: Set<PipeChange> = []
}
