import { daysFromNow } from '../authority.ts';
import { accepted, always, refused, type ServerGroup } from '../server.ts';

const day = 86_400_000;

/** The name is right; the chain is not, or the time. */
export const trust: ServerGroup = {
  group: 'trust and time',
  servers: [
    {
      name: 'self-signed',
      title: 'a certificate that nobody but its owner vouches for',
      ask: 'https://dev.shop.test',
      serve: always({ by: 'self', names: ['dev.shop.test'] }),
      expected: refused('self-signed'),
    },
    {
      name: 'issuer-unknown',
      title: 'issued by a company root that this client does not have',
      ask: 'https://intranet.acme.test',
      serve: always({ by: 'company', names: ['intranet.acme.test'] }),
      expected: refused('issuer-unknown'),
    },
    {
      name: 'issuer-unknown:name',
      title: 'an unknown root, and a wildcard too shallow: one must not hide the other',
      ask: 'https://wiki.eu.acme.test',
      serve: always({ by: 'company', names: ['*.acme.test'] }),
      expected: refused('issuer-unknown', 'wildcard-depth'),
    },
    {
      name: 'intermediate-missing',
      title: 'the server sends its leaf and forgets the intermediate',
      ask: 'https://www.shop.test',
      serve: always(
        { by: 'issuing', names: ['www.shop.test'], caIssuers: 'http://e5.i.estate.test/' },
        { leafOnly: true },
      ),
      expected: refused('intermediate-missing'),
    },
    {
      name: 'expired',
      title: 'past its end for three days',
      ask: 'https://www.shop.test',
      serve: always({
        by: 'issuing',
        names: ['www.shop.test'],
        notBefore: daysFromNow(-93),
        notAfter: daysFromNow(-3),
      }),
      expected: refused('expired'),
    },
    {
      name: 'expired:name',
      title: 'past its end, and for another name: both are said',
      ask: 'https://billing.shop.test',
      serve: always({
        by: 'issuing',
        names: ['catalogue.shop.test'],
        notBefore: daysFromNow(-93),
        notAfter: daysFromNow(-3),
      }),
      expected: refused('expired', 'name-mismatch'),
    },
    {
      name: 'expired:intermediate',
      title: 'the intermediate is past its end, the leaf is not',
      ask: 'https://www.shop.test',
      serve: always({ by: 'lapsed', names: ['www.shop.test'] }),
      expected: refused('expired'),
    },
    {
      name: 'not-yet-valid',
      title: 'valid from the day after tomorrow, and the clocks agree',
      ask: 'https://www.shop.test',
      serve: always({ by: 'issuing', names: ['www.shop.test'], notBefore: daysFromNow(2) }),
      expected: refused('not-yet-valid'),
    },
    {
      name: 'clock-suspect',
      title: 'the local clock is ten days behind that of the server',
      ask: 'https://www.shop.test',
      serve: always(
        { by: 'issuing', names: ['www.shop.test'], notBefore: daysFromNow(8) },
        { clockOff: 10 * day },
      ),
      expected: refused('clock-suspect'),
    },
    {
      name: 'clock-suspect:ahead',
      title: 'the local clock is ten days ahead of that of the server',
      ask: 'https://www.shop.test',
      serve: always(
        { by: 'issuing', names: ['www.shop.test'], notBefore: daysFromNow(-93), notAfter: daysFromNow(-3) },
        { clockOff: -10 * day },
      ),
      expected: refused('clock-suspect'),
    },
    {
      name: 'expires-soon',
      title: 'five days left',
      ask: 'https://www.shop.test',
      serve: always({
        by: 'issuing',
        names: ['www.shop.test'],
        notBefore: daysFromNow(-85),
        notAfter: daysFromNow(5.5),
      }),
      expected: accepted('expires-soon'),
    },
    {
      name: 'name-forbidden-by-ca',
      title: 'a CA for corp.test only has issued for shop.test',
      ask: 'https://www.shop.test',
      serve: always({ by: 'constrained', names: ['www.shop.test'] }),
      expected: refused('name-forbidden-by-ca'),
    },
    {
      name: 'inspected-by-middlebox',
      title: 'a TLS inspection proxy signs in place of the real issuer',
      ask: 'https://www.shop.test',
      serve: always({ by: 'inspection', names: ['www.shop.test'] }),
      expected: refused('inspected-by-middlebox'),
    },
    {
      name: 'chain-not-accepted',
      title: 'a certificate for clients, used by a server',
      ask: 'https://www.shop.test',
      serve: always({ by: 'issuing', names: ['www.shop.test'], usage: 'clientAuth' }),
      expected: refused('chain-not-accepted'),
    },
  ],
};
