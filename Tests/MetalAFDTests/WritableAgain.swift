/// The cases in which AFD reports writable again, as the guide "Choosing a backend" lists them for the other backends: none.
extension Backend {
  static let tcpWritableAgain: Set<StreamChange> = []
  static let unixStreamWritableAgain: Set<StreamChange> = []
  static let udpWritableAgain: Set<DatagramChange> = []
  static let unixDatagramWritableAgain: Set<DatagramChange> = []
  static let pipeWritableAgain: Set<PipeChange> = []
}
