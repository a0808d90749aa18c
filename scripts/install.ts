import { ask } from './cli/ask.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { prepareInstallation } from './cli/prepare-installation.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';

/** `install`: put the program, its user, its configuration and its units on a host. */
export const install = defineCommand({
  name: 'install',
  summary: 'have a host follow a policy repository: the program, its user, its units',
  about:
    'Puts this program below /usr/local, its configuration and keys into /etc/ds01-policy, and starts the timers that fetch\n' +
    'and apply policy from then on. Shows all of it and asks. A second run changes what is not as it should be, or what an\n' +
    'option says otherwise, and nothing else: this is also how a new version is put in the place of an old one.',
  positionals: [],
  options: {
    remote: { kind: 'text', value: 'URL', about: 'the policy repository: https://, ssh://, user@host:path, or a path' },
    branch: { kind: 'text', value: 'NAME', about: 'the branch to follow; without it main' },
    interval: { kind: 'text', value: 'TIME', about: 'how often a run begins, 10s to 1d; without it 1min' },
    trust: { kind: 'text', value: 'none|signed', about: 'whether commits need a signature; without it none' },
    host: {
      kind: 'text',
      value: 'NAME',
      about: 'which host of site.yaml this is; without it the name of this machine',
    },
    'deploy-key': {
      kind: 'text',
      value: 'FILE',
      about: 'the private key to read the repository with; one is made if needed',
    },
    'known-hosts': { kind: 'text', value: 'FILE', about: 'the keys of the server of the repository: sshd(8)' },
    signers: { kind: 'text', value: 'FILE', about: 'SSH keys that may sign commits: ssh-keygen(1), ALLOWED SIGNERS' },
    'openpgp-key': { kind: 'text', value: 'FILE', about: 'one OpenPGP public key that may sign commits' },
    metrics: { kind: 'text', value: 'DIR', about: "the folder of node_exporter's textfile collector" },
    drift: {
      kind: 'text',
      value: 'enforce|report',
      about: 'what is done about limits of others; without it as policy says',
    },
    root: ROOT_OPTION,
    yes: { kind: 'flag', about: 'do not ask' },
  },
  examples: [
    'install --remote https://git.example.org/lab/policy.git --yes',
    'install --remote git@git.example.org:lab/policy.git --known-hosts known_hosts',
    'install --trust signed --signers allowed-signers',
    'install --root /srv/image --host ds01 --remote https://git.example.org/lab/policy.git --yes',
  ],
  async run({ options, now, paint }) {
    const prepared = await prepareInstallation(options, now, paint);
    if (prepared.kind === 'answer') return prepared.answer;
    const { shown, carryOut } = prepared;
    if (!options.yes && !(await ask(shown, 'install?', 'install'))) {
      return { exitCode: EXIT.refused, stderr: 'nothing was changed\n' };
    }
    return { exitCode: EXIT.done, stdout: `${options.yes ? shown : ''}${await carryOut()}` };
  },
});
