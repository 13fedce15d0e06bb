import type { Table } from '../table.ts';

export const builds: Table = {
  path: '.github/workflows/build.yml',
  good: {
    'what verifies':
      'env:\n  NODE_EXTRA_CA_CERTS: ca.pem\njobs:\n  a:\n    steps:\n      - run: curl --cacert ca.pem https://a.example\n',
    'other shells':
      'jobs:\n  a:\n    steps:\n      - shell: pwsh\n        run: curl -k https://a.example\n      - shell: python\n        run: "curl -k"\n',
    'an expression': "env:\n  NODE_TLS_REJECT_UNAUTHORIZED: ${{ inputs.verify && '1' || '0' }}\n",
    'a name':
      'jobs:\n  a:\n    steps:\n      - name: curl -k https://a.example\n        uses: a/b@v1\n        with: {args: curl -k}\n',
    'a comment in a script':
      'jobs:\n  a:\n    steps:\n      - run: |\n          # curl -k https://a.example\n          true\n',
    'GitLab that verifies': [
      '.gitlab-ci.yml',
      'variables:\n  GIT_SSL_CAINFO: ca.pem\na:\n  script: [!reference [.b, script], "curl https://a.example"]\n',
    ],
  },
  bad: [
    {
      name: 'variables at each level',
      text: 'env:\n  »NODE_TLS_REJECT_UNAUTHORIZED: 0\njobs:\n  a:\n    env:\n      »GIT_SSL_NO_VERIFY: "true"\n    services:\n      b:\n        env: {»PYTHONHTTPSVERIFY: 0}\n    steps:\n      - env:\n          »VAULT_SKIP_VERIFY: true\n',
    },
    {
      name: 'a script as a block',
      text: 'jobs:\n  a:\n    steps:\n      - run: |\n          set -e\n\n          if true; then\n            curl »-k "${{ inputs.url }}"\n          fi\n',
    },
    {
      name: 'a script that is folded',
      text: 'jobs:\n  a:\n    steps:\n      - run: >-\n          npm config set\n          »strict-ssl false\n',
    },
    {
      name: 'a script on a line',
      text: `jobs:\n  a:\n    steps:\n      - run: curl »-k https://a.example\n      - run: 'wget »--no-check-certificate "it''s"'\n      - run: "echo \\"a\\"\\n\\tcurl »-k x\\u0041"\n`,
    },
    {
      name: 'a script with an expression in it',
      text: "jobs:\n  a:\n    steps:\n      - run: curl ${{ fromJSON('\"(') }} »-k https://a.example\n",
    },
    {
      name: 'for the steps that follow',
      text: 'jobs:\n  a:\n    steps:\n      - run: echo "»NODE_TLS_REJECT_UNAUTHORIZED=0" >> $GITHUB_ENV\n',
    },
    {
      name: 'an action',
      path: 'tools/setup/action.yml',
      text: 'runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: npm ci »--strict-ssl=false\n',
    },
    {
      name: 'a workflow of Forgejo',
      path: '.forgejo/workflows/a.yaml',
      text: 'env: {»NODE_TLS_REJECT_UNAUTHORIZED: 0}\n',
    },
    {
      name: 'an alias',
      text: 'x: &x\n  »NODE_TLS_REJECT_UNAUTHORIZED: 0\njobs:\n  a:\n    env: *x\n  b:\n    env: *x\n',
    },
    {
      name: 'GitLab',
      path: '.gitlab-ci.yml',
      text: 'variables:\n  »GIT_SSL_NO_VERIFY: "1"\n  NODE_TLS_REJECT_UNAUTHORIZED:\n    value: "1"\n.a: &a\n  before_script:\n    - - curl »-k https://a.example\n    - true\nb:\n  <<: *a\n  variables:\n    »NODE_TLS_REJECT_UNAUTHORIZED: {value: "0", description: a}\n  script: curl »-k https://a.example\n  after_script:\n    - |\n      wget »--no-check-certificate https://a.example\n',
    },
    {
      name: 'GitLab, an include',
      path: '.gitlab/ci/deploy.gitlab-ci.yml',
      text: 'a:\n  script:\n    - curl »-k https://a.example\n',
    },
    {
      name: 'CircleCI',
      path: '.circleci/config.yml',
      text: 'jobs:\n  a:\n    docker:\n      - image: b\n        environment: {»NODE_TLS_REJECT_UNAUTHORIZED: 0}\n    steps:\n      - run: curl »-k https://a.example\n      - run:\n          name: curl -k\n          command: |\n            curl »-k https://a.example\n          environment:\n            »GIT_SSL_NO_VERIFY: 1\n',
    },
    {
      name: 'Azure',
      path: 'azure-pipelines.yml',
      text: 'variables:\n  - name: »NODE_TLS_REJECT_UNAUTHORIZED\n    value: 0\nsteps:\n  - script: curl »-k https://a.example\n  - bash: curl »-k https://a.example\n    env: {»GIT_SSL_NO_VERIFY: 1}\n  - powershell: curl -k https://a.example\n',
    },
    {
      name: 'Bitbucket',
      path: 'bitbucket-pipelines.yml',
      text: 'pipelines:\n  default:\n    - step:\n        script:\n          - curl »-k https://a.example\n',
    },
    {
      name: 'Woodpecker',
      path: '.woodpecker/a.yml',
      text: 'steps:\n  - image: a\n    commands:\n      - curl »-k https://a.example\n    environment:\n      »NODE_TLS_REJECT_UNAUTHORIZED: 0\n',
    },
    {
      name: 'Travis',
      path: '.travis.yml',
      text: 'env:\n  global:\n    - A=1 »NODE_TLS_REJECT_UNAUTHORIZED=0\nscript: curl »-k https://a.example\n',
    },
  ],
};
