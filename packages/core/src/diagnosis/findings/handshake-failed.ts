import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { clientCertificateRequired } from './client-certificate-required.ts';
import { protocolVersion } from './protocol-version.ts';
import { sniFromHostHeader } from './sni-from-host-header.ts';
import { sniIsIp } from './sni-is-ip.ts';
import { sniRefused } from './sni-refused.ts';
import { sniRequired } from './sni-required.ts';
import { plainProtocol } from './plain-protocol.ts';

export const handshakeFailed: FindingRule = rule({
  code: 'handshake-failed',
  severity: 'error',
  title: 'The handshake failed for another reason',
  find: (view) => {
    const { outcome } = view.own;
    const explained = [clientCertificateRequired, protocolVersion, sniIsIp, sniRefused, sniRequired];
    if (sniFromHostHeader.find(view)?.['wrongAnswer'] === true) return null;
    if (explained.some((other) => other.find(view) !== null) || plainProtocol(view) !== null) return null;
    switch (outcome.kind) {
      case 'alert':
        return {
          what: `the server answered with alert ${outcome.alert.number} (${outcome.alert.name})`,
          starttls: null,
        };
      case 'starttls-failed':
        return {
          what: `the server did not go along with STARTTLS`,
          starttls: `${outcome.protocol}: ${outcome.sample}`,
        };
      case 'client-refused':
      case 'error':
        return { what: outcome.error.code ?? outcome.error.message, starttls: null };
      case 'handshake':
        return outcome.alertAfter === null
          ? null
          : {
              what: `the server sent alert ${outcome.alertAfter.number} (${outcome.alertAfter.name}) after it`,
              starttls: null,
            };
      default:
        return null;
    }
  },
  message: ({ what, starttls }) =>
    `The handshake failed: ${printable(what, 200)}${starttls === null ? '' : ` (${printable(starttls, 80)})`}.`,
  fixes: () => [
    { who: 'server', sure: 'likely', title: 'read the server’s own log for the time of this handshake' },
  ],
});
