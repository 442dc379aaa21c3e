/** What Nest finds plain values by. */
export const CLUSTER_CALL_SETTINGS = Symbol('ClusterCallSettings');
