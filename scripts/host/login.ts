import { userInfo } from 'node:os';

/** Who gave a command, by login: who called sudo(8) or is logged in, for the record. Anybody with root can say anything. */
export function loginName(): string {
  const { SUDO_USER = '' } = process.env;
  return /^[A-Za-z0-9_.@+-]{1,256}$/.test(SUDO_USER) ? SUDO_USER : userInfo().username;
}
