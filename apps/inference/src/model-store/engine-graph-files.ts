/** Files of an engine graph's folder. */
export const graphName = 'model.onnx';
export const dataName = 'model.onnx_data';
/** Written last: its presence says that the others are whole. */
export const stateName = 'engine.json';

/** What rewriting an encoder's graph came to. */
export interface EngineGraphState {
  /** Whether hidden states other than the last are outputs. */
  readonly hiddenStates: boolean;
  /** One line for people. */
  readonly description: string;
}
