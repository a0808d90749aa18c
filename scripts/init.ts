import { defineCommand } from './cli/define-command.ts';
import { initRepository } from './cli/init-repository.ts';

const WHAT =
  '--site lab1 --domain example.org --hosts gpu1=128cpus,4gpus,1T --admin ops --leads @example-org/lab-leads';

/** `init DIR`: make a policy repository of one's own, which has this program as a dependency. */
export const init = defineCommand({
  name: 'init',
  summary: 'make a policy repository of your own: policy, workflows, code owners, this tool as a dependency',
  about:
    'Writes into DIR, which is new or empty or an empty clone, and commits it on the branch main: three groups with limits\n' +
    'for machines of the given sizes, the first administrator, and all that checks and comments pull requests on GitHub.\n' +
    'All of it, or nothing.',
  positionals: ['DIR'],
  options: {
    site: { kind: 'text', value: 'NAME', about: 'the prefix of all slices: lower-case letters and digits' },
    domain: { kind: 'text', value: 'DOMAIN', about: 'the domain that accounts are written with' },
    hosts: {
      kind: 'text',
      value: 'NAME=SIZE,…',
      about: 'the machines and their sizes, as in gpu1=128cpus,4gpus,1T,gpu2=64cpus',
    },
    admin: { kind: 'text', value: 'ACCOUNT', about: 'the account of the first administrator' },
    leads: { kind: 'text', value: '@ORG/TEAM', about: 'who approves changes of policy' },
    admins: { kind: 'text', value: '@ORG/TEAM', about: 'who approves all the rest; without it the same' },
    'time-zone': { kind: 'text', value: 'ZONE', about: 'where days begin and end; without it that of this machine' },
    tool: {
      kind: 'text',
      value: 'SPEC',
      about:
        'this tool for npm: https://….tgz, github:OWNER/NAME#COMMIT, or FILE.tgz; without it the commit of this checkout',
    },
  },
  examples: [
    `init lab-policy ${WHAT}`,
    `init . ${WHAT} --time-zone Europe/Berlin --tool github:example-org/ds01-policy#v0.1.0`,
  ],
  run({ options, positionals: [folder = ''], now, paint }) {
    return initRepository({ folder, options, now, paint });
  },
});
