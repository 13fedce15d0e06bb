import type { Table } from '../table.ts';

export const settingsFiles: Table = {
  path: '.npmrc',
  good: {
    'strict-ssl that is on': 'strict-ssl=true\nregistry=https://a.example/\n',
    'comments of npm': '; strict-ssl=false\n# strict-ssl=false\n',
    'what a later line says': 'strict-ssl=false\nstrict-ssl=true\n',
    'a section': '[a]\nstrict-ssl=false\n',
    'another name': 'not-strict-ssl=false\nstrict-ssl-x=false\n',
    'Yarn 1': ['.yarnrc', '# strict-ssl false\nstrict-ssl true\n'],
    'Yarn from 2 on': [
      '.yarnrc.yml',
      'enableStrictSsl: true\nnpmScopes:\n  a:\n    enableStrictSsl: false\n',
    ],
    'Yarn from 2 on, http': ['.yarnrc.yml', 'unsafeHttpWhitelist: [localhost]\n# enableStrictSsl: false\n'],
    curl: ['.curlrc', '# insecure\nuser-agent = "insecure"\ncacert = ca.pem\n'],
    wget: ['.wgetrc', 'check_certificate = on\n#check_certificate = off\n'],
    git: ['.gitconfig', '[http]\n\tsslVerify\n\tsslCAInfo = ca.pem\n[user]\n\tsslVerify = false\n'],
    pip: ['pip.conf', '[global]\ncert = ca.pem\n# trusted-host = a.example\n'],
  },
  bad: [
    { name: 'npm', text: 'registry=https://a.example/\n»strict-ssl=false\n' },
    { name: 'npm with spaces and quotes', text: '  »"strict-ssl" = "false"\n' },
    { name: 'npm, twice', text: 'strict-ssl=true\nstrict-ssl=false\n»strict-ssl=0\n' },
    { name: 'Yarn 1', path: 'a/.yarnrc', text: 'registry "https://a.example/"\n»strict-ssl false\n' },
    { name: 'Yarn 1 with quotes', path: '.yarnrc', text: '»"strict-ssl" false\n' },
    {
      name: 'Yarn from 2 on',
      path: '.yarnrc.yml',
      text: 'nodeLinker: node-modules\n»enableStrictSsl: false\n',
    },
    { name: 'curl', path: '.curlrc', text: '# all of them\n»insecure\n' },
    { name: 'curl, otherwise', path: '_curlrc', text: '»-k\n»--proxy-insecure\n' },
    { name: 'wget', path: '.wgetrc', text: '»check_certificate = off\n' },
    { name: 'git', path: '.gitconfig', text: '[user]\n\tname = A\n[http]\n\t»sslVerify = false\n' },
    {
      name: 'git, for a host',
      path: 'etc/gitconfig',
      text: '[http "https://a.example/"]\n\t»sslverify = no ; for now\n',
    },
    { name: 'pip', path: 'pip.conf', text: '[global]\n»trusted-host = a.example\n' },
    {
      name: 'npm, with a reason',
      text: '# altname-ignore-next-line no-disabled-verification: the registry of the test\nstrict-ssl=false\n',
    },
  ],
};
