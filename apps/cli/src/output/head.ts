/** A trained head and its figures on held-out labels. */
export interface Head {
  readonly id: string;
  readonly state: 'CANDIDATE' | 'IN_USE' | 'RETIRED';
  readonly encoderId: string;
  readonly trainExamples: number;
  readonly heldOutExamples: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly eceBefore: number;
  readonly eceAfter: number;
  readonly createdAt: string;
  readonly unknownDetector: {
    readonly method: string;
    readonly threshold: number;
    readonly auroc: number;
    readonly unknownRecall: number;
    readonly knownRecall: number;
  };
}

/** The figures of a head, a line each. */
export function describeHead(head: Head): string[] {
  const { unknownDetector: unknown } = head;
  return [
    `head         ${head.id}, trained on ${head.trainExamples} labels, measured on ${head.heldOutExamples} held-out ones`,
    `accuracy     ${head.accuracy.toFixed(3)} (macro F1 ${head.macroF1.toFixed(3)})`,
    `calibration  ECE ${head.eceBefore.toFixed(3)} before temperature scaling, ${head.eceAfter.toFixed(3)} after`,
    `unknown      AUROC ${unknown.auroc.toFixed(3)} (${unknown.method}); at the threshold ${(unknown.knownRecall * 100).toFixed(0)} % of known texts stay known, ${(unknown.unknownRecall * 100).toFixed(0)} % of unknown ones are noticed`,
  ];
}
