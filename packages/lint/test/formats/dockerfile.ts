import type { Table } from '../table.ts';

export const dockerfile: Table = {
  path: 'Dockerfile',
  good: {
    'what verifies': 'FROM node:24\nENV NODE_EXTRA_CA_CERTS=/ca.pem\nRUN curl -fsSL https://a.example | sh\n',
    'an argument without a value': 'FROM a\nARG GIT_SSL_NO_VERIFY\n',
    'comments, and comments between lines':
      'FROM a\n# RUN curl -k https://a.example\nRUN true && \\\n  # curl -k https://a.example\n  true\n',
    'a label': 'FROM a\nLABEL a="curl -k" NODE_TLS_REJECT_UNAUTHORIZED=0\n',
    'a file that is written':
      'FROM a\nCOPY <<EOF /note\ncurl -k https://a.example\nEOF\nRUN cat <<EOF > /note\ncurl -k\nEOF\n',
    'words that are no program': 'FROM a\nCMD ["echo", "curl", "-k"]\n',
    'a health check without TLS':
      'FROM a\nHEALTHCHECK CMD curl -kf http://localhost:8080/\nHEALTHCHECK NONE\n',
    'another value': 'FROM a\nENV NODE_TLS_REJECT_UNAUTHORIZED=1 PYTHONHTTPSVERIFY 1\n',
  },
  bad: [
    { name: 'ENV', text: 'FROM a\nENV »NODE_TLS_REJECT_UNAUTHORIZED=0\n' },
    { name: 'ENV as it once was', text: 'FROM a\nENV »NODE_TLS_REJECT_UNAUTHORIZED 0\n' },
    {
      name: 'ENV with several, over lines',
      text: 'FROM a\nENV A=1 \\\n    »NODE_TLS_REJECT_UNAUTHORIZED="0" \\\n    »GIT_SSL_NO_VERIFY=1\n',
    },
    { name: 'ARG', text: 'ARG »NODE_TLS_REJECT_UNAUTHORIZED=0\nFROM a\n' },
    { name: 'RUN', text: 'FROM a\nRUN curl »-k https://a.example\n' },
    {
      name: 'RUN over lines, with a comment between',
      text: 'FROM a\nRUN set -e && \\\n  # it is so\n\n  curl -sS \\\n    »--insecure \\\n    https://a.example\n',
    },
    {
      name: 'RUN with a mount',
      text: 'FROM a\nRUN --mount=type=cache,target=/a --network=host wget »--no-check-certificate https://a.example\n',
    },
    { name: 'RUN as a list', text: 'FROM a\nRUN ["/usr/bin/curl", "»-k", "https:\\/\\/a.example"]\n' },
    {
      name: 'RUN as a list with a shell',
      text: 'FROM a\nRUN ["/bin/sh", "-c", "cd a && curl »-k https://a.example"]\n',
    },
    {
      name: 'RUN with a here-document',
      text: 'FROM a\nRUN <<EOF\nset -e\ncurl »-k https://a.example\nEOF\n',
    },
    {
      name: 'RUN with a here-document for a program',
      text: 'FROM a\nRUN bash -e <<"EOF"\ncurl »-k https://a.example\nEOF\n',
    },
    {
      name: 'RUN with a variable',
      text: 'FROM a\nRUN »NODE_TLS_REJECT_UNAUTHORIZED=0 npm ci && npm config set »strict-ssl false\n',
    },
    {
      name: 'in lower case',
      text: 'from a\nrun curl »-k https://a.example\nenv »NODE_TLS_REJECT_UNAUTHORIZED=0\n',
    },
    {
      name: 'CMD and ENTRYPOINT',
      text: 'FROM a\nENTRYPOINT curl »-k https://a.example\nCMD ["curl", "»-k", "https://a.example"]\n',
    },
    {
      name: 'CMD for an entrypoint',
      text: 'FROM a\nCMD ["--kubelet-insecure-tls=false", "»--tls-skip-verify"]\n',
    },
    {
      name: 'HEALTHCHECK of this machine',
      text: 'FROM a\nHEALTHCHECK --interval=5s --timeout=2s CMD curl »-fk https://localhost:8443/ || exit 1\n',
      told: ['no-disabled-verification (warning)'],
    },
    {
      name: 'HEALTHCHECK as a list',
      text: 'FROM a\nHEALTHCHECK CMD ["curl", "»-k", "https://127.0.0.1/"]\n',
      told: ['no-disabled-verification (warning)'],
    },
    {
      name: 'ONBUILD',
      text: 'FROM a\nONBUILD RUN curl »-k https://a.example\nONBUILD ENV »NODE_TLS_REJECT_UNAUTHORIZED=0\n',
    },
    { name: 'another sign that goes on', text: '# escape=`\nFROM a\nRUN curl `\n  »-k https://a.example\n' },
    { name: 'another name', path: 'docker/web.dockerfile', text: 'FROM a\nRUN curl »-k https://a.example\n' },
    { name: 'one more', path: 'Containerfile.dev', text: 'FROM a\nRUN curl »-k https://a.example\n' },
    {
      name: 'with a reason',
      text: 'FROM a\n# altname-ignore-next-line no-disabled-verification: the name is not there yet\nRUN curl -k https://a.example\n',
    },
  ],
};
