/// AFD never reports writable again in the cases that the guide "Choosing a backend" lists for other backends.
extension Backend {
  static let tcpWritableAgain: Set<StreamChange> = []
  static let unixStreamWritableAgain: Set<StreamChange> = []
  static let udpWritableAgain: Set<DatagramChange> = []
  static let unixDatagramWritableAgain: Set<DatagramChange> = []
  static let pipeWritableAgain: Set<PipeChange> = []
}
