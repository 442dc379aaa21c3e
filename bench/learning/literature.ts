/**
 * Open intent detection as TEXTOIR publishes it (open_intent_detection/results/result.md of github.com/thuiar/TEXTOIR):
 * accuracy and macro F1 over the known classes and the open one, in percent, BERT-base unless named otherwise, means over
 * ten draws of known classes. Known share 25, 50, 75 %.
 */
type Figures = readonly [accuracy: number, macroF1: number];
type ByShare = Readonly<Record<'0.25' | '0.5' | '0.75', Figures>>;

const row = (a: Figures, b: Figures, c: Figures): ByShare => ({ '0.25': a, '0.5': b, '0.75': c });

export const literature: Readonly<Record<string, Readonly<Record<string, ByShare>>>> = {
  banking: {
    MSP: row([42.19, 49.92], [61.67, 72.51], [77.08, 84.33]),
    DOC: row([70.31, 65.74], [74.6, 78.24], [78.94, 83.79]),
    ADB: row([79.33, 71.63], [79.61, 81.34], [81.39, 86.11]),
    'DA-ADB': row([81.19, 73.73], [81.51, 82.53], [81.12, 85.65]),
    KNNCL: row([86.14, 77.01], [82.76, 81.31], [77.5, 82.3]),
  },
  oos: {
    MSP: row([53.38, 51.23], [66.68, 72.7], [76.19, 83.48]),
    DOC: row([86.08, 75.86], [85.19, 83.89], [85.93, 87.87]),
    ADB: row([88.3, 78.23], [86.54, 85.16], [86.99, 88.94]),
    'DA-ADB': row([89.48, 79.92], [87.93, 85.64], [87.39, 88.41]),
    KNNCL: row([93.07, 82.45], [88.66, 83.99], [85.07, 85.11]),
  },
  stackoverflow: {
    MSP: row([27.91, 37.49], [53.23, 62.7], [73.2, 78.7]),
    DOC: row([57.75, 57.34], [73.88, 76.8], [80.55, 84.37]),
    ADB: row([86.75, 79.85], [86.49, 85.54], [82.89, 86.11]),
    'DA-ADB': row([89.07, 82.83], [87.78, 86.91], [83.56, 86.84]),
    KNNCL: row([85.04, 79.06], [86.69, 86.15], [83.15, 86.73]),
  },
};
export const knownShares = ['0.25', '0.5', '0.75'] as const;
