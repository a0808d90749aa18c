// The same files as this repository has, byte by byte: what they do is tested here, and kept up to date here.
import setUp from '../../.github/actions/set-up/action.yml' with { type: 'text' };
import dependabot from '../../.github/dependabot.yml' with { type: 'text' };
import config from '../../.github/ISSUE_TEMPLATE/config.yml' with { type: 'text' };
import requestForm from '../../.github/ISSUE_TEMPLATE/request-access.yml' with { type: 'text' };
import expiry from '../../.github/workflows/expiry.yml' with { type: 'text' };
import planComment from '../../.github/workflows/plan-comment.yml' with { type: 'text' };
import requestAccess from '../../.github/workflows/request-access.yml' with { type: 'text' };
import validate from '../../.github/workflows/validate.yml' with { type: 'text' };
import type { NewSite } from './new-site.ts';

/** Everything that GitHub reads: its texts, by path in the repository. */
export function githubFiles({ leads, admins }: NewSite): Readonly<Record<string, string>> {
  return {
    '.github/CODEOWNERS': ownersText(leads, admins),
    '.github/ISSUE_TEMPLATE/config.yml': config,
    '.github/ISSUE_TEMPLATE/request-access.yml': requestForm,
    '.github/actions/set-up/action.yml': setUp,
    '.github/dependabot.yml': dependabot,
    '.github/pull_request_template.md': PULL_REQUEST,
    '.github/workflows/expiry.yml': expiry,
    '.github/workflows/plan-comment.yml': planComment,
    '.github/workflows/request-access.yml': requestAccess,
    '.github/workflows/validate.yml': validate,
  };
}

function ownersText(leads: string, admins: string): string {
  return `\
# Who has to approve what. Branch protection has to ask for the review of code owners, and they have to be able to write
# here. The last line that fits a path decides.

# Which version of the tool, its workflows, this file: who may change what policy means.
*           ${admins}

# Who may use how much.
/policy/    ${leads}
`;
}

const PULL_REQUEST = `\
<!-- One concern: policy, or all the rest. A comment will say what a change of policy does, to whom. -->

**Why**

<!-- Who asked, and until when. What the check wants to be acknowledged is a line of a commit message. -->
`;
