/** An option that switches verification off, in whatever object it stands: the name has no other meaning. */
export interface Switch {
  readonly key: string;
  /** The value that switches verification off. */
  readonly off: boolean;
  /** What has the option, for the message. */
  readonly of: string;
}

export const switches: readonly Switch[] = [
  { key: 'rejectUnauthorized', off: false, of: 'Node and most clients' },
  { key: 'strictSSL', off: false, of: 'request' },
  { key: 'strict-ssl', off: false, of: 'npm' },
  { key: 'tlsAllowInvalidCertificates', off: true, of: 'mongodb' },
  { key: 'tlsAllowInvalidHostnames', off: true, of: 'mongodb' },
  { key: 'tlsInsecure', off: true, of: 'mongodb' },
  { key: 'sslValidate', off: false, of: 'mongodb' },
  { key: 'sslAllowInvalidCertificates', off: true, of: 'mongodb' },
  { key: 'sslAllowInvalidHostnames', off: true, of: 'mongodb' },
  { key: 'trustServerCertificate', off: true, of: 'tedious' },
  { key: 'skipTLSVerify', off: true, of: '@kubernetes/client-node' },
];

/** The variable with which Node verifies nothing in the whole process, when it is the text 0. */
export const processSwitch = 'NODE_TLS_REJECT_UNAUTHORIZED';
