/**
 * Input that cannot be clustered: which parameter, and what is wrong with it. Worker threads know nothing of the domain
 * errors of the contracts; who calls from there makes one of it.
 */
export class ClusteringRefusal extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}
