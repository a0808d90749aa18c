import type { PolicyFile } from '../../scripts/policy/load.ts';

/** A policy file with a text. */
export function policyFile(path: string, text: string): PolicyFile {
  return { path, kind: 'file', bytes: new TextEncoder().encode(text) };
}
