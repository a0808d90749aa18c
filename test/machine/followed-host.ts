import { expect } from 'vitest';
import { Host } from './host.ts';

const REMOTE = '/srv/policy.git';
const WORK = '/srv/checkout';
const KEYS = '/srv/keys';

/** Where the program says what the newest run came to. */
export const LAST_RUN = '/run/ds01-policy/last-run.json';

/** Who signs a commit: a listed SSH key, one that is not listed, a listed OpenPGP key, or nobody. */
type Signer = 'signer' | 'other' | 'openpgp' | 'nobody';

const COMMIT = 'commit -q --allow-empty';
const SIGN: Readonly<Record<Signer, string>> = {
  signer: `-c gpg.format=ssh ${COMMIT} -S${KEYS}/signer`,
  other: `-c gpg.format=ssh ${COMMIT} -S${KEYS}/other`,
  openpgp: `${COMMIT} -Stester@example.org`,
  nobody: `${COMMIT} --no-gpg-sign`,
};

/** Identities and settings of the one who pushes. */
const GIT = [
  'export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Tester GIT_AUTHOR_EMAIL=tester@example.org',
  `GIT_COMMITTER_NAME=Tester GIT_COMMITTER_EMAIL=tester@example.org GNUPGHOME=${KEYS}/gnupg`,
].join(' ');

/** A host that follows a repository on a server, which is the same machine over ssh, and somebody who pushes to it. */
export class FollowedHost extends Host {
  static override async start(): Promise<FollowedHost> {
    const { machine } = await Host.start();
    return new FollowedHost(machine);
  }

  /** A server with a repository, a key that may read it, a key that signs, and the policy of the suite as first commit. */
  async makeRemote(): Promise<void> {
    await this.shell(
      `mkdir -p ${KEYS} /run/sshd /root/.ssh && ssh-keygen -A >/dev/null && /usr/sbin/sshd -p 2222 &&
       for key in deploy signer other; do ssh-keygen -q -t ed25519 -N '' -C $key -f ${KEYS}/$key; done &&
       (printf 'restrict '; cat ${KEYS}/deploy.pub) >> /root/.ssh/authorized_keys &&
       ssh-keyscan -p 2222 127.0.0.1 > ${KEYS}/known-hosts 2>/dev/null &&
       printf 'tester@example.org namespaces="git" %s\\n' "$(cat ${KEYS}/signer.pub)" > ${KEYS}/signers &&
       mkdir -m 700 ${KEYS}/gnupg && gpg --homedir ${KEYS}/gnupg --batch --quiet --passphrase '' \
         --quick-gen-key 'Tester <tester@example.org>' ed25519 sign never 2>/dev/null &&
       gpg --homedir ${KEYS}/gnupg --armor --export > ${KEYS}/openpgp.asc`,
    );
    await this.shell(
      `${GIT}; git init -q --bare -b main ${REMOTE} && git init -q -b main ${WORK} && cd ${WORK} &&
       git remote add origin ${REMOTE} && cp -r ${this.machine.home}/policy policy`,
    );
    await this.push('Take the policy of record');
  }

  /** Installs the program, unattended, as the documentation says. */
  async install(options = ''): Promise<string> {
    const { node, home } = this.machine;
    const line = [
      `install --remote ssh://root@127.0.0.1:2222${REMOTE} --host ds01 --interval 30s --trust signed`,
      `--deploy-key ${KEYS}/deploy --known-hosts ${KEYS}/known-hosts`,
      `--signers ${KEYS}/signers --openpgp-key ${KEYS}/openpgp.asc`,
      `--metrics /var/lib/metrics ${options} --yes`,
    ].join(' ');
    return await this.shell(`mkdir -p /var/lib/metrics && NO_COLOR=1 ${node} ${home}/ds01-policy.mjs ${line}`);
  }

  /** Commits what is in the work tree and pushes it; gives the name of the commit. */
  async push(subject: string, key: Signer = 'signer', options = ''): Promise<string> {
    const sign = SIGN[key];
    return await this.shell(
      `${GIT}; cd ${WORK} && git add -A && git ${sign} ${options} -m '${subject}' &&
       git push -q --force origin HEAD:main && git rev-parse HEAD`,
    );
  }

  /** Replaces a file of policy, which is not pushed yet. */
  async edit(path: string, text: string): Promise<void> {
    await this.write(`${WORK}/policy/${path}`, text);
  }

  /** Runs git in the work tree of whoever pushes. */
  async git(line: string): Promise<string> {
    return await this.shell(`${GIT}; cd ${WORK} && git -c gpg.format=ssh -c user.signingkey=${KEYS}/signer ${line}`);
  }

  /** Waits until a line of shell works; gives the seconds it took. */
  async until(line: string, seconds: number): Promise<number> {
    const { exitCode, stdout } = await this.machine.run('bash', [
      '-c',
      `begun=$(date +%s); for i in $(seq ${seconds * 2}); do if ${line}; then echo $(($(date +%s) - begun)); exit 0; fi; sleep 0.5; done; exit 1`,
    ]);
    expect({ line, exitCode }).toEqual({ line, exitCode: 0 });
    return Number(stdout.trim());
  }

  /** One run of the timer's units, now; gives the exit code of the second step. */
  async tick(): Promise<number> {
    await this.machine.run('systemctl', ['start', 'ds01-policy-apply.service']);
    const status = await this.shell('systemctl show --value -p ExecMainStatus ds01-policy-apply.service');
    return Number(status);
  }

  /** What the newest run came to. */
  async lastRun(): Promise<{ readonly exitCode: number; readonly outcome: string; readonly newest?: string }> {
    return JSON.parse(await this.read(LAST_RUN));
  }

  /** Runs the installed program as an ordinary user. */
  async asNobody(line: string) {
    return await this.machine.run('setpriv', [
      ...['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--', 'env', 'NO_COLOR=1'],
      ...['/usr/local/bin/ds01-policy', ...line.split(' ')],
    ]);
  }
}
