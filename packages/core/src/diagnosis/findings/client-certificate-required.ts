import { rule, type FindingRule } from '../rule.ts';

export const clientCertificateRequired: FindingRule = rule({
  code: 'client-certificate-required',
  title: 'The server asks for a client certificate',
  find: ({ own }) => {
    const { outcome } = own;
    if (outcome.kind === 'handshake') {
      const alert = outcome.alertAfter;
      if (outcome.asksForClientCertificate !== true && alert?.number !== 116) return null;
      return {
        required: alert !== null,
        how: alert === null ? null : `alert ${alert.number} (${alert.name})`,
      };
    }
    if (outcome.kind !== 'alert') return null;
    if (outcome.asksForClientCertificate !== true && outcome.alert.number !== 116) return null;
    return { required: true, how: `alert ${outcome.alert.number} (${outcome.alert.name})` };
  },
  severity: ({ required }) => (required ? 'error' : 'note'),
  message: ({ required, how }) =>
    required
      ? `The server asks for a client certificate and ended the handshake without one${how === null ? '' : `, by ${how}`}.`
      : 'The server asks for a client certificate, and did not insist on one in the handshake.',
  fixes: (_view, { required }) =>
    required
      ? [
          {
            who: 'client',
            sure: 'needs-your-values',
            title:
              'give the client a certificate and its key (cert and key), from a CA that the server trusts',
          },
        ]
      : [],
});
