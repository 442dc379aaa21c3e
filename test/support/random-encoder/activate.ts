import { text } from '@cairn/onnx-graph';
import type { ExportStyle } from './options.js';
import type { TracedGraph } from './traced-graph.js';

/** Gelu, exact or by tanh, in the order of operators that `style.gelu` names. */
export function gelu(graph: TracedGraph, style: ExportStyle, module: string, x: string): string {
  const op = (opType: string, ...inputs: string[]): string => graph.op(module, opType, inputs);
  const number = (value: number): string => graph.float(module, value);
  const onePlusErf = (): string => op('Add', op('Erf', op('Div', x, number(Math.SQRT2))), number(1));
  switch (style.gelu) {
    case 'op':
      return graph.op(module, 'Gelu', [x], { approximate: text('none') });
    case 'op-tanh':
      return graph.op(module, 'Gelu', [x], { approximate: text('tanh') });
    case 'erf-decomposed':
      return op('Mul', op('Mul', x, onePlusErf()), number(0.5));
    case 'erf-half-first': {
      const half = op('Mul', x, number(0.5));
      return op('Mul', half, onePlusErf());
    }
    case 'tanh-decomposed': {
      // Hendrycks, Gimpel 2016: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), as GPT-2 and its heirs write it.
      const half = op('Mul', x, number(0.5));
      const cubic = op('Mul', op('Pow', x, number(3)), number(0.044715));
      const inner = op('Mul', op('Add', x, cubic), number(Math.sqrt(2 / Math.PI)));
      return op('Mul', half, op('Add', op('Tanh', inner), number(1)));
    }
  }
}
