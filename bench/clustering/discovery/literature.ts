import type { DiscoverySet, KnownShare } from './problems.js';

/** NMI, ARI and accuracy (best one-to-one pairing of clusters and topics), in percent. */
export type Figures = readonly [nmi: number, ari: number, accuracy: number];

/** A published method, and what it reached on a data set at a share of known topics. */
export interface Published {
  readonly method: string;
  readonly figures: Partial<Record<KnownShare, Readonly<Record<DiscoverySet, Figures>>>>;
}

const row = (banking: Figures, clinc: Figures, stackoverflow: Figures) => ({ banking, clinc, stackoverflow });

/**
 * Intent discovery as TEXTOIR publishes it (open_intent_discovery/results/result.md of github.com/thuiar/TEXTOIR): BERT-base (110 M
 * parameters) trained on each data set's texts, k-means on its features; means over ten draws. DeepAligned, MTP-CLNN and
 * USNID fit that k-means on the test file.
 */
export const literature: readonly Published[] = [
  { method: 'SCCL', figures: { '0': row([63.89, 26.98, 40.54], [79.35, 38.14, 50.44], [69.11, 34.81, 68.15]) } },
  {
    method: 'DeepAligned',
    figures: {
      '0.25': row([70.5, 37.62, 49.08], [88.97, 64.63, 74.07], [50.86, 37.96, 54.5]),
      '0.5': row([76.67, 47.95, 59.38], [91.59, 72.56, 80.7], [68.28, 57.62, 74.52]),
      '0.75': row([79.39, 53.09, 64.63], [93.92, 79.94, 86.79], [73.28, 60.09, 77.97]),
    },
  },
  {
    method: 'MTP-CLNN',
    figures: {
      '0.25': row([80.04, 52.91, 65.06], [93.17, 76.2, 83.26], [73.35, 54.8, 74.7]),
      '0.5': row([83.42, 60.17, 70.97], [94.3, 80.17, 86.18], [76.66, 62.24, 80.36]),
      '0.75': row([86.19, 66.98, 77.22], [95.45, 84.3, 89.46], [77.12, 69.36, 82.9]),
    },
  },
  {
    method: 'USNID',
    figures: {
      '0': row([75.3, 43.33, 54.82], [91.0, 68.54, 75.87], [72.0, 52.25, 69.28]),
      '0.25': row([81.94, 56.53, 65.85], [94.17, 77.95, 83.12], [74.91, 65.45, 75.76]),
      '0.5': row([85.05, 63.77, 73.27], [95.48, 82.99, 87.28], [78.77, 71.63, 82.06]),
      '0.75': row([87.41, 69.54, 78.36], [96.42, 86.77, 90.36], [80.13, 74.9, 85.66]),
    },
  },
];
