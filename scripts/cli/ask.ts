import { Conversation } from './prompt.ts';
import { UsageError } from './usage-error.ts';

/**
 * Shows what would be done and asks whether to do it. Nothing but `y` or `yes` is a yes, and neither is an end of the
 * input. Throws UsageError where nobody can be asked.
 */
export async function ask(shown: string, question: string, verb: string): Promise<boolean> {
  const conversation = new Conversation(verb);
  if (!conversation.isPossible) {
    conversation.say(shown);
    throw new UsageError('there is no terminal to ask on: look at what would be done, and say --yes', verb);
  }
  conversation.say(`${shown}\n`);
  try {
    return await conversation.confirm(question);
  } finally {
    conversation.end();
  }
}
