import { rule, type FindingRule } from '../rule.ts';

const versionError =
  /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|VERSION_TOO_LOW|WRONG_SSL_VERSION/;

export const protocolVersion: FindingRule = rule({
  code: 'protocol-version',
  severity: 'error',
  title: 'Client and server have no TLS version in common',
  find: ({ own, evidence }) => {
    const { outcome } = own;
    const byAlert = outcome.kind === 'alert' && outcome.alert.number === 70;
    const byNode =
      (outcome.kind === 'error' || outcome.kind === 'alert') && versionError.test(outcome.error.code ?? '');
    const nothingOffered = byNode && outcome.error.code === 'ERR_SSL_NO_PROTOCOLS_AVAILABLE';
    return byAlert || byNode ? { byServer: byAlert, nothingOffered, node: evidence.node.version } : null;
  },
  message: ({ byServer, nothingOffered, node }) =>
    nothingOffered
      ? `The options of the client leave it no TLS version to offer: nothing was sent.`
      : `Client and server have no TLS version in common: ${byServer ? 'the server refused what' : `the server offers only versions that`} Node ${node} ${byServer ? 'offers' : 'does not speak by default'}.`,
  fixes: (_view, { nothingOffered }) => [
    ...(nothingOffered
      ? []
      : [{ who: 'server', sure: 'certain', title: 'enable TLS 1.2 and TLS 1.3 on the server' } as const]),
    {
      who: 'client',
      sure: nothingOffered ? 'certain' : 'likely',
      title: nothingOffered
        ? 'remove minVersion and maxVersion (or secureProtocol) from the options, or let them leave TLS 1.2 or 1.3'
        : 'or, if the client limits its versions, remove minVersion and maxVersion (or secureProtocol)',
    },
  ],
});
