import { isOperator } from '../../graph-index.js';
import type { NodeProto } from '../../model.js';
import type { GradientRule } from '../backward.js';
import { activationRules } from './activation-rules.js';
import { elementwiseRules } from './elementwise-rules.js';
import { gatherRules } from './gather-rules.js';
import { movementRules } from './movement-rules.js';
import { normalisationRules } from './normalisation-rules.js';
import { productRules } from './product-rules.js';
import { reductionRules } from './reduction-rules.js';

const rules: Readonly<Record<string, GradientRule>> = {
  ...elementwiseRules,
  ...activationRules,
  ...productRules,
  ...movementRules,
  ...reductionRules,
  ...normalisationRules,
  ...gatherRules,
};

/** The rule of a node's operator; undefined if there is none. */
export function ruleOf(node: NodeProto): GradientRule | undefined {
  const operator = node.opType ?? '';
  return isOperator(node, operator) && Object.hasOwn(rules, operator) ? rules[operator] : undefined;
}
