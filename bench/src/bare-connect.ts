import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

// What a person would write to see whether a server's certificate is right: the peer of `altname check` in start.ts.
const [, , port, ca] = process.argv;
const socket = connect(
  { host: 'localhost', port: Number(port), servername: 'localhost', ca: readFileSync(ca ?? '') },
  () => {
    console.log(socket.getProtocol(), socket.getPeerCertificate().subjectaltname);
    socket.end();
  },
);
