/**
 * Suffixes of two labels below which everybody can have a name: those that a wildcard is most often put on by
 * mistake. Not the Public Suffix List, which no verifier in Node consults either (RFC 9525 §7.1): enough for a
 * warning, never for a refusal.
 */
export const publicSuffixes: ReadonlySet<string> = new Set(
  (
    'co.uk org.uk me.uk ltd.uk plc.uk ac.uk gov.uk com.au net.au org.au edu.au gov.au co.nz org.nz net.nz co.jp ne.jp ' +
    'or.jp ac.jp go.jp com.br net.br org.br com.cn net.cn org.cn gov.cn com.tw org.tw com.hk org.hk com.sg org.sg ' +
    'co.in net.in org.in co.kr or.kr co.za org.za com.mx org.mx com.ar com.tr com.pl org.pl net.pl com.ua co.il ' +
    'org.il com.my com.ph co.id co.th com.vn com.eg com.sa com.ng co.ke com.pk com.co com.pe com.ve ' +
    'github.io gitlab.io pages.dev workers.dev vercel.app netlify.app web.app firebaseapp.com herokuapp.com ' +
    'azurewebsites.net cloudapp.net blogspot.com appspot.com run.app fly.dev onrender.com ngrok.io s3.amazonaws.com'
  ).split(' '),
);
