import { rule, type FindingRule } from '../rule.ts';
import { hazardsOf } from '../node-hazards.ts';

export const nodeVersionHazard: FindingRule = rule({
  code: 'node-version-hazard',
  severity: 'warning',
  title: 'This Node version has a fault that touches this connection',
  find: (view) => {
    const hazard = hazardsOf(view)[0];
    return hazard === undefined
      ? null
      : {
          version: view.evidence.node.version,
          hazard: hazard.id,
          text: hazard.text,
          fixedIn: hazard.fixedIn,
        };
  },
  message: ({ version, text }) => `Node ${version} ${text}.`,
  fixes: (_view, { fixedIn }) =>
    fixedIn === null
      ? []
      : [
          {
            who: 'client',
            sure: 'certain',
            title: `run it on a Node without the fault: ${fixedIn} or newer`,
          },
        ],
});
