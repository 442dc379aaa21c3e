/** Every operation the command sends; a spec checks them against the gateway's schema file. */

const jobFields = `fragment JobFields on Job {
  id kind state stage done total rate etaSeconds attempt priority deadAt notBefore cancelRequested createdBy createdAt startedAt finishedAt
  error { code message }
  result {
    __typename
    ... on EmbedJobResult { embedded passages failed tokens }
    ... on ClassifyJobResult { classified unknown }
    ... on ClusterJobResult { suggestionCount clustering { id nClusters questionCount noiseCount silhouette } }
    ... on TrainJobResult {
      promoted reason notes head { id state accuracy heldOutExamples } evaluation { ...EvaluationSummary }
    }
    ... on EvaluateJobResult { evaluation { ...EvaluationSummary } }
    ... on FineTuneJobResult {
      promoted reason encoderId steps seconds accuracy accuracyInUse notes head { id state accuracy heldOutExamples }
      evaluation { ...EvaluationSummary }
    }
  }
}
fragment EvaluationSummary on Evaluation {
  id examples pValue figures { accuracy } figuresAgainst { accuracy }
}`;
const jobPayload = '{ job { ...JobFields } userErrors { code field message } }';

export const startEmbedding = `mutation { startEmbedding ${jobPayload} } ${jobFields}`;
export const startClassification = `mutation ($value: StartClassificationInput) {
  startClassification(input: $value) ${jobPayload} } ${jobFields}`;
export const startClustering = `mutation ($value: StartClusteringInput) {
  startClustering(input: $value) ${jobPayload} } ${jobFields}`;
export const startTraining = `mutation ($value: StartTrainingInput) {
  startTraining(input: $value) ${jobPayload} } ${jobFields}`;
export const startFineTuning = `mutation ($value: StartFineTuningInput) {
  startFineTuning(input: $value) ${jobPayload} } ${jobFields}`;
export const startEvaluation = `mutation ($value: StartEvaluationInput) {
  startEvaluation(input: $value) ${jobPayload} } ${jobFields}`;
export const cancelJob = `mutation ($value: ID!) { cancelJob(id: $value) ${jobPayload} } ${jobFields}`;
export const retryJob = `mutation ($value: ID!) { retryJob(id: $value) ${jobPayload} } ${jobFields}`;
export const job = `query ($id: ID!) { job(id: $id) { ...JobFields } } ${jobFields}`;
export const jobs = `query ($first: Int!, $after: String, $states: [JobState!], $kinds: [JobKind!], $dead: Boolean! = false) {
  jobs(first: $first, after: $after, states: $states, kinds: $kinds, dead: $dead) { nodes { ...JobFields } pageInfo { hasNextPage endCursor } }
} ${jobFields}`;
export const redriveJobs = `mutation ($kind: JobKind, $first: Int!) {
  redriveJobs(kind: $kind, first: $first) { jobs { ...JobFields } userErrors { code field message } }
} ${jobFields}`;
export const jobLog = `query ($id: ID!, $first: Int!, $after: String) {
  job(id: $id) {
    state
    log(first: $first, after: $after) {
      nodes { id attempt level message at }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

const scheduleFields = `fragment ScheduleFields on JobSchedule {
  id name kind cron timeZone priority enabled nextRunAt lastRunAt createdBy version lastJob { id state }
}`;
const schedulePayload = '{ schedule { ...ScheduleFields } userErrors { code field message } }';
export const jobSchedules = `query ($first: Int!, $after: String) {
  jobSchedules(first: $first, after: $after) { nodes { ...ScheduleFields } pageInfo { hasNextPage endCursor } }
} ${scheduleFields}`;
export const createJobSchedule = `mutation ($value: CreateJobScheduleInput!) {
  createJobSchedule(input: $value) ${schedulePayload} } ${scheduleFields}`;
export const updateJobSchedule = `mutation ($id: ID!, $version: Int!, $value: UpdateJobScheduleInput!) {
  updateJobSchedule(id: $id, expectedVersion: $version, input: $value) ${schedulePayload} } ${scheduleFields}`;
export const deleteJobSchedule = `mutation ($id: ID!) {
  deleteJobSchedule(id: $id) { deletedId userErrors { code field message } } }`;
export const runJobSchedule = `mutation ($value: ID!) { runJobSchedule(id: $value) ${jobPayload} } ${jobFields}`;

export const jobProgress = `subscription ($id: ID!) { jobProgress(id: $id) { ...JobFields } } ${jobFields}`;

export const importQuestions = `mutation ($input: ImportQuestionsInput!) {
  importQuestions(input: $input) {
    results { line outcome code field message duplicate { text similarity } }
    userErrors { code field message }
  }
}`;

export const importRecords = `mutation ($input: ImportRecordsInput!) {
  importRecords(input: $input) {
    results { line outcome code field message }
    userErrors { code field message }
  }
}`;
export const exportRecords = `query ($after: String, $versions: Boolean!, $topicId: ID, $source: String) {
  exportRecords(after: $after, versions: $versions, topicId: $topicId, source: $source) { records cursor done }
}`;

export const exportQuestions = `query ($first: Int!, $after: String, $filter: QuestionFilter) {
  questions(first: $first, after: $after, filter: $filter) {
    nodes {
      id slug source externalId text state tags language
      label { saidBy topic { slug } }
      answers { body state }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** What the report of a first run scores; with a suggestion in the filter, its members. */
export const classifiedQuestions = `query ($first: Int!, $after: String, $filter: QuestionFilter) {
  questions(first: $first, after: $after, filter: $filter) {
    nodes { externalId classification { unknown confidence topic { slug } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const suggestionFields = `fragment SuggestionFields on Suggestion {
  id title keywords size cohesion separation silhouette state version reason decidedBy assignedLater lastDecisionId
  exemplars { id text }
  nearestTopics { distance topic { slug title } }
  topic { id slug title }
  mergedInto { id title }
}`;
const suggestionPayload = '{ suggestion { ...SuggestionFields } userErrors { code field message } }';

export const suggestions = `query ($first: Int!, $after: String, $states: [SuggestionState!]) {
  suggestions(first: $first, after: $after, states: $states) {
    nodes { ...SuggestionFields }
    pageInfo { hasNextPage endCursor }
  }
} ${suggestionFields}`;
export const suggestion = `query ($id: ID!) { suggestion(id: $id) { ...SuggestionFields } } ${suggestionFields}`;
export const acceptSuggestion = `mutation ($id: ID!, $version: Int!, $input: AcceptSuggestionInput) {
  acceptSuggestion(id: $id, expectedVersion: $version, input: $input) ${suggestionPayload}
} ${suggestionFields}`;
export const mergeSuggestion = `mutation ($id: ID!, $version: Int!, $input: MergeSuggestionInput!) {
  mergeSuggestion(id: $id, expectedVersion: $version, input: $input) ${suggestionPayload}
} ${suggestionFields}`;
export const rejectSuggestion = `mutation ($id: ID!, $version: Int!, $reason: String) {
  rejectSuggestion(id: $id, expectedVersion: $version, reason: $reason) ${suggestionPayload}
} ${suggestionFields}`;

export const renameSuggestion = `mutation ($id: ID!, $version: Int!, $title: String!) {
  renameSuggestion(id: $id, expectedVersion: $version, title: $title) ${suggestionPayload}
} ${suggestionFields}`;
export const splitSuggestion = `mutation ($id: ID!, $version: Int!, $parts: Int!) {
  splitSuggestion(id: $id, expectedVersion: $version, parts: $parts) {
    suggestion { ...SuggestionFields } parts { ...SuggestionFields } userErrors { code field message }
  }
} ${suggestionFields}`;
const decisionFields = `fragment DecisionFields on Decision {
  id kind decidedBy decidedAt reason labelled titleBefore titleAfter undoneBy undoneAt
  suggestion { id title state } otherSuggestions { id title } topic { id slug title }
}`;
export const undoDecision = `mutation ($id: ID, $suggestionId: ID) {
  undoDecision(id: $id, suggestionId: $suggestionId) {
    decision { ...DecisionFields } userErrors { code field message }
  }
} ${decisionFields}`;
export const decisions = `query ($first: Int!, $after: String, $suggestionId: ID) {
  decisions(first: $first, after: $after, suggestionId: $suggestionId) {
    nodes { ...DecisionFields } pageInfo { hasNextPage endCursor }
  }
} ${decisionFields}`;

const clusteringFields = `fragment ClusteringFields on Clustering {
  id createdAt questionCount nClusters kLow kHigh noiseCount knownCount silhouette inertia iterations encoderId
  mapMethod mapPoints
  parameters {
    scope topicId createdFrom createdBefore text source algorithm knownTopics nClusters minClusters maxClusters nInit
    spherical seed minClusterSize seeding smallestCluster largestCluster hdbscanMinClusterSize hdbscanMinSamples linkage
    guided
  }
  candidates { nClusters silhouette inertia stability gap }
  changes { born continued split merged died }
  previous { id createdAt }
}`;
export const clusterings = `query ($first: Int!, $after: String) {
  clusterings(first: $first, after: $after) { nodes { ...ClusteringFields } pageInfo { hasNextPage endCursor } }
} ${clusteringFields}`;
export const clustering = `query ($id: ID!) { clustering(id: $id) { ...ClusteringFields } } ${clusteringFields}`;
export const clusters = `query ($id: ID!, $first: Int!, $after: String) {
  clusters(clusteringId: $id, first: $first, after: $after) {
    nodes {
      index title size cohesion separation silhouette keywords change
      exemplars { id text } suggestion { id state } topic { slug title }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
export const clusterChanges = `query ($id: ID!, $first: Int!, $after: String) {
  clusterChanges(clusteringId: $id, first: $first, after: $after) {
    nodes {
      kind previousIndex clusterIndex shared overlap drift previousSize size previousTitle title
      suggestion { id state }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
export const compareClusterings = `query ($id: ID!, $other: ID!) {
  compareClusterings(clusteringId: $id, otherId: $other) {
    shared onlyHere onlyThere ari nmi moved
    matches { index otherIndex size otherSize shared overlap drift title otherTitle }
  }
}`;
export const clusteringTree = `query ($id: ID!, $groups: Int, $height: Float) {
  clusteringTree(clusteringId: $id, groups: $groups, height: $height) {
    linkage height groups { clusterIndices size height }
  }
}`;

export const topicBySlug = `query ($slug: String!) { topic(slug: $slug) { id slug title } }`;
export const topicById = `query ($id: ID!) { topic(id: $id) { id slug title } }`;
export const topics = `query ($first: Int!, $after: String) {
  topics(first: $first, after: $after) {
    nodes { id slug title questionCount parent { id } }
    pageInfo { hasNextPage endCursor }
  }
}`;
export const topicVersion = `query ($id: ID!) { topic(id: $id) { version } }`;

const operationFields = `fragment OperationFields on TopicOperation {
  id kind labels doneBy doneAt undoneAt topic { title } targets { title }
}`;
const operationPayload = '{ operation { ...OperationFields } userErrors { code field message } }';

export const topicOperations = `query {
  topicOperations(first: 50) { nodes { ...OperationFields } }
} ${operationFields}`;
export const moveTopic = `mutation ($id: ID!, $version: Int!, $parentId: ID) {
  moveTopic(id: $id, expectedVersion: $version, parentId: $parentId) ${operationPayload}
} ${operationFields}`;
export const mergeTopics = `mutation ($id: ID!, $version: Int!, $intoId: ID!) {
  mergeTopics(id: $id, expectedVersion: $version, intoId: $intoId) ${operationPayload}
} ${operationFields}`;
export const undoTopicOperation = `mutation ($id: ID!) {
  undoTopicOperation(id: $id) ${operationPayload}
} ${operationFields}`;

export const splitTopic = `mutation ($id: ID!, $version: Int!, $input: SplitTopicInput!) {
  splitTopic(id: $id, expectedVersion: $version, input: $input) ${operationPayload}
} ${operationFields}`;

const contentFields = `
  ... on Question { version text deletedAt }
  ... on Answer { version text: body deletedAt }
  ... on Topic { version text: title }`;
export const contentById = `query ($id: ID!) { node(id: $id) { __typename id ${contentFields} } }`;
export const contentBySlug = `query ($slug: String!) {
  question(slug: $slug) { __typename id version text deletedAt }
  topic(slug: $slug) { __typename id version text: title }
}`;

export const versions = `query ($kind: ContentKind!, $id: ID!, $first: Int!, $after: String) {
  versions(kind: $kind, id: $id, first: $first, after: $after) {
    nodes { version changedBy changedAt current fields { name value } }
    pageInfo { hasNextPage endCursor }
  }
}`;
export const versionDiff = `query ($kind: ContentKind!, $id: ID!, $from: Int!, $to: Int) {
  versionDiff(kind: $kind, id: $id, from: $from, to: $to) {
    fromVersion toVersion fields { name parts { kind text } }
  }
}`;
const restoring = (type: 'Question' | 'Answer' | 'Topic') => ({
  field: `restore${type}Version`,
  query: `mutation ($id: ID!, $expectedVersion: Int!, $version: Int!) {
    restore${type}Version(id: $id, expectedVersion: $expectedVersion, version: $version) {
      content: ${type.toLowerCase()} { version } userErrors { code field message }
    }
  }`,
});
export const restoreVersion = {
  QUESTION: restoring('Question'),
  ANSWER: restoring('Answer'),
  TOPIC: restoring('Topic'),
};

export const deletion = (what: 'delete' | 'undelete' | 'purge', type: 'Question' | 'Answer') => ({
  field: `${what}${type}`,
  query: `mutation ($id: ID!, $expectedVersion: Int!) {
    ${what}${type}(id: $id, expectedVersion: $expectedVersion) { userErrors { code field message } }
  }`,
});
export const deletedQuestions = `query ($first: Int!, $after: String) {
  questions(first: $first, after: $after, filter: { deleted: true }) {
    nodes { id slug text deletedAt } pageInfo { hasNextPage endCursor }
  }
}`;
export const purgeDeleted = `mutation ($before: DateTime!) {
  purgeDeleted(before: $before) { purged { questions answers more } userErrors { code field message } }
}`;

export const reviewQueue = `query ($first: Int!) {
  reviewQueue(first: $first) {
    totalCount
    items { value uncertainty clusterSize ageDays claimedBy question { id text } }
  }
}`;
export const whichToLabel = `query ($first: Int!) {
  whichToLabel(first: $first) { uncertainty distance question { id text } }
}`;
export const agreement = `query {
  agreement {
    questions annotators krippendorffAlpha
    pairs { first second questions cohenKappa }
    disputed { id text }
  }
}`;

const headFields = `fragment HeadFields on Head {
  id state encoderId trainExamples heldOutExamples accuracy macroF1 eceBefore eceAfter createdAt promotedAt
  unknownDetector { method threshold auroc unknownRecall knownRecall }
}`;
export const head = `query ($id: ID!) { head(id: $id) { ...HeadFields } } ${headFields}`;
export const promoteHead = `mutation ($id: ID!) {
  promoteHead(id: $id) { head { ...HeadFields } userErrors { code field message } }
} ${headFields}`;

export const rollbackHead = `mutation {
  rollbackHead { head { ...HeadFields } userErrors { code field message } }
} ${headFields}`;
export const promotions = `query ($first: Int!, $after: String) {
  promotions(first: $first, after: $after) {
    nodes {
      id createdAt cause reason actor previousHead { id } evaluation { id }
      head { ...HeadFields seed dataHash parameters { l2 classWeights heldOut maxIterations } parent { id } }
    }
    pageInfo { hasNextPage endCursor }
  }
} ${headFields}`;
const ruleFields = '{ enabled minAccuracyGain maxPValue maxEce }';
export const promotionRule = `query { promotionRule ${ruleFields} }`;
export const setPromotionRule = `mutation ($input: PromotionRuleInput!) {
  setPromotionRule(input: $input) { rule ${ruleFields} userErrors { code field message } }
}`;

const evaluatedHead = `fragment EvaluatedHeadFields on EvaluatedHead {
  headId accuracy macroF1 ece kept answered unknownRecall unknownAuroc
  unknownMethod leftOutAuroc leftOutUnknownRecall leftOutKnownRecall
}`;
export const evaluation = `query ($id: ID!) {
  evaluation(id: $id) {
    id createdAt examples strangers leftOut pValue changed fixed broken
    figures { ...EvaluatedHeadFields }
    figuresAgainst { ...EvaluatedHeadFields }
    topics { topic { slug } examples precision recall f1 f1Against takenFor { slug } takenForCount }
    confusion { topic { slug } said { slug } count }
  }
} ${evaluatedHead}`;
export const evaluationChanges = `query ($id: ID!, $first: Int!, $after: String) {
  evaluationChanges(evaluationId: $id, first: $first, after: $after) {
    nodes { text change topic { slug } said { slug } saidAgainst { slug } confidence confidenceAgainst }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const status = `query {
  status {
    questions published answers topics labelled embedded classified unknown pendingSuggestions answersWithoutPassages
    encoderId database
    head { ...HeadFields }
  }
} ${headFields}`;

const modelFields = `fragment ModelFields on Model {
  id aliases state isDefault task classes problemType dimension maxTokens layers precision fileBytes
  device deviceReason sessions threads sessionsReason memoryBytes graph revision error
}`;
const modelPayload = '{ model { ...ModelFields } userErrors { code field message } }';

export const models = `query { models { ...ModelFields } } ${modelFields}`;
export const loadModel = `mutation ($source: String!, $revision: String, $contentHash: String, $device: String) {
  loadModel(source: $source, revision: $revision, contentHash: $contentHash, device: $device) ${modelPayload}
} ${modelFields}`;
export const unloadModel = `mutation ($id: ID!) { unloadModel(id: $id) ${modelPayload} } ${modelFields}`;
export const setModelAlias = `mutation ($alias: String!, $model: ID) {
  setModelAlias(alias: $alias, model: $model) ${modelPayload}
} ${modelFields}`;

const because = '{ detector score threshold nearest { distance to topic { slug } } }';

export const ask = `query ($text: String!, $first: Int!) {
  ask(text: $text, first: $first) {
    unknown confidence
    topic { slug title }
    because ${because}
    head { id }
    answers { score similarity passage highlight answer { id body question { id text } } }
    similar { similarity question { id text } }
  }
}`;

export const search = `query ($text: String!, $first: Int!, $topicId: ID, $filter: SearchFilter, $after: String) {
  search(text: $text, first: $first, topicId: $topicId, filter: $filter, after: $after) {
    vectorsUsed
    corrections { word used }
    pageInfo { hasNextPage endCursor }
    facets {
      topics { count topic { slug } } tags { value count } states { value count } languages { value count }
    }
    hits {
      score textRank vectorRank similarity highlight explanation { reason score }
      question { id text state label { topic { slug } } }
    }
  }
}`;

export const classifyTexts = `query ($texts: [String!]!, $model: ID) {
  classify(texts: $texts, model: $model) {
    headId
    classifications {
      unknown label confidence tokens truncated
      because ${because}
      topic { slug title }
      candidates { label probability topic { slug } }
      error { code message }
    }
  }
}`;

const keyFields = 'id name role scopes prefix everySpace createdBy createdAt expiresAt lastUsedAt revokedAt';
export const apiKeys = `query ($first: Int!, $after: String) {
  apiKeys(first: $first, after: $after) { nodes { ${keyFields} } pageInfo { hasNextPage endCursor } }
}`;
export const createApiKey = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { apiKey { ${keyFields} } secret userErrors { code field message } }
}`;
export const revokeApiKey = `mutation ($id: ID!) {
  revokeApiKey(id: $id) { apiKey { ${keyFields} } userErrors { code field message } }
}`;

const spaceFields = 'id slug title anonymousReading version createdAt';
export const spaces = `query ($first: Int!, $after: String) {
  spaces(first: $first, after: $after) { nodes { ${spaceFields} } pageInfo { hasNextPage endCursor } }
}`;
export const createSpace = `mutation ($input: CreateSpaceInput!) {
  createSpace(input: $input) { space { ${spaceFields} } userErrors { code field message } }
}`;

export const auditLog = `query ($first: Int!, $after: String, $filter: AuditFilter) {
  auditLog(first: $first, after: $after, filter: $filter) {
    nodes { id at actor operation requestId action entity entityIds changes { id before after } }
    pageInfo { hasNextPage endCursor }
  }
}`;
