/** Licence and origin of each source of the corpus, as its list of origins gives them: attribution that cards carry. */
export const licences: Readonly<Record<string, string>> = {
  acl_abstracts:
    'CC-BY-4.0 (ACL Anthology materials of 2016 and later; only those years taken); github.com/xinru1414/acl-anthology@b26270386b, github.com/BKHMSI/acl-anthology@5fda6f8c94; (paper title -> abstract (first 600 characters))',
  arxiv_abstracts:
    'CC0-1.0 (arXiv descriptive metadata: title and abstract only; the reporter repository itself has no licence, its own summaries and translations were not taken); github.com/CSQianDong/Awesome-arXiv-Daily-Reporter@48f8e84449; (paper title -> abstract (first 600 characters), cs.AI, cs.CL, cs.IR 2025-2026)',
  chatterbot: 'BSD-3-Clause; github.com/gunthercox/chatterbot-corpus@a01efece26; (short question -> answer)',
  covid_faq_more:
    'Apache-2.0; github.com/deepset-ai/COVID-QA@fb2eb5e249; (FAQ question -> answer of public bodies (rows of the bench covid_faq are excluded))',
  docs_questions:
    'licence of each repository above; the documentation repositories above (CC-BY, MIT, Apache, BSD, PSF, CC0 ones only): kubernetes/enhancements 5863, kubernetes/community 1500, MicrosoftDocs/win32 592, MicrosoftDocs/DynamicsAX2012-technet 544, MicrosoftDocs/dynamics365smb-docs 514, philschatz/biology-book 491, philschatz/anatomy-book 417, rust-lang/rfcs 412, python/peps 393, philschatz/statistics-book 366, philschatz/sociology-book 347, MicrosoftDocs/biztalk-docs 346, MicrosoftDocs/windows-driver-docs 344, deepset-ai/haystack 333, philschatz/us-history-book 329, open-telemetry/opentelemetry.io 274, ethereum/EIPs 195, philschatz/economics-book 172, trimstray/test-your-sysadmin-skills 150, prometheus/docs 147, MicrosoftDocs/PowerShell-Docs 139, huggingface/course 139, sendgrid/docs 139, philschatz/psychology-book 137, MicrosoftDocs/iis-docs 134, philschatz/physics-book 126, MicrosoftDocs/cpp-docs 117, rasbt/python-machine-learning-book 103, huggingface/hub-docs 102, milvus-io/milvus-docs 71, jax-ml/jax 69, huggingface/deep-rl-class 55, MicrosoftDocs/WSL 46, kubeflow/website 43, nodejs/nodejs.org 39, dair-ai/Prompt-Engineering-Guide 37, dotnet/machinelearning 31, numpy/numpy 30, eslint/eslint 26, MicrosoftDocs/office-docs-powershell 25, microsoft/TypeScript-Website 23, optuna/optuna 23, electron/electron 22, vuejs/docs 22, MicrosoftDocs/PowerShell-Docs-PSGet 20, MicrosoftDocs/office-developer-client-docs 20, tensorflow/docs 17, triton-inference-server/server 17, dotnet/EntityFramework.Docs 16, MaartenGr/BERTopic 15, reactjs/react.dev 15, python/python-docs-es 14, rust-lang/book 12, huggingface/huggingface_hub 11, MicrosoftDocs/Virtualization-Documentation 10, 30-seconds/30-seconds-of-interviews 10, iterative/dvc.org 10, scipy/scipy 10, explosion/spaCy 9, huggingface/datasets 9; (a real question as heading or FAQ entry -> its answer)',
  medquad:
    'CC-BY-4.0; github.com/abachaa/MedQuAD@577bd37b96; (medical question -> answer (first 600 characters); MedlinePlus answers are not in the repository)',
  ml_docs:
    'Apache-2.0 (LICENSE of each repository); github.com/huggingface/course@16af566753, github.com/huggingface/deep-rl-class@ad16575105, github.com/huggingface/peft@5d602fdbff, github.com/huggingface/huggingface_hub@ee0a4510f4, github.com/huggingface/hub-docs@242f4a1eeb, github.com/huggingface/datasets@b7cb10b0e3, github.com/huggingface/diffusers@58eb52c080, github.com/huggingface/transformers.js@5ed4c5c0d3, github.com/UKPLab/sentence-transformers@85ec64559f, github.com/deepset-ai/haystack@c7cb46c0f2, github.com/milvus-io/milvus-docs@54a32fdaeb, github.com/iterative/dvc.org@f820bc53f5, github.com/allenai/allennlp@80fb6061e5, github.com/dmlc/xgboost@379b29f083, github.com/tensorflow/docs@7c36502127, github.com/jax-ml/jax@cec06d116c, github.com/onnx/onnx@f754691200, github.com/nltk/nltk@f2a92bd7e3, github.com/rapidsai/cuml@342457bcb8, github.com/rapidsai/cuvs@ff0c8076bf, github.com/rasbt/LLMs-from-scratch@28c65cdfbc; (heading/title -> first paragraph/description)',
  ml_docs_mit_bsd:
    'MIT or BSD-3-Clause (LICENSE of each repository); github.com/MaartenGr/BERTopic@f9697602d5, github.com/bfortuner/ml-glossary@ad889a823b, github.com/dair-ai/Prompt-Engineering-Guide@3d96678f28, github.com/dotnet/machinelearning@cd2fbd617c, github.com/explosion/spaCy@f69c32f7a0, github.com/rasbt/python-machine-learning-book@7d91687437, github.com/rasbt/machine-learning-book@35ab3774e8, github.com/numpy/numpy@1f90bbb55e, github.com/scipy/scipy@3dbf660a91, github.com/statsmodels/statsmodels@82c59e378b, github.com/optuna/optuna@1d8ce7bb6f, github.com/microsoft/LightGBM@bae0b7ba95, github.com/facebookresearch/faiss@02dbb4e42f, github.com/triton-inference-server/server@e1db8a603d; (heading/title -> first paragraph/description)',
  ms_cpp_docs:
    'CC-BY-4.0 (documentation; LICENSE); github.com/MicrosoftDocs/cpp-docs@a2e592a8fc; (heading/title -> first paragraph/description)',
  ms_dynamics_bc:
    'CC-BY-4.0 (documentation; LICENSE); github.com/MicrosoftDocs/dynamics365smb-docs@41aa5854d6; (heading/title -> first paragraph/description)',
  ms_iis_docs:
    'CC-BY-4.0 (documentation; LICENSE); github.com/MicrosoftDocs/iis-docs@63b689f03d; (heading/title -> first paragraph/description)',
  ms_misc:
    'CC-BY-4.0 (documentation; LICENSE); github.com/dotnet/EntityFramework.Docs@16e474b581, github.com/MicrosoftDocs/WSL@8842def77a, github.com/MicrosoftDocs/machine-learning-server-docs@f164362c6b, github.com/MicrosoftDocs/Virtualization-Documentation@77e0742a80, github.com/MicrosoftDocs/bot-docs@59666e622f, github.com/MicrosoftDocs/PowerShell-Docs-PSGet@9d2ee47bf1, github.com/MicrosoftDocs/azure-docs-cli@e97b361d00; (heading/title -> first paragraph/description)',
  ms_office_client_docs:
    'CC-BY-4.0 (documentation; LICENSE); github.com/MicrosoftDocs/office-developer-client-docs@eedbd61ca4; (heading/title -> first paragraph/description)',
  ms_powershell_docs:
    'CC-BY-4.0 (documentation; LICENSE); github.com/MicrosoftDocs/PowerShell-Docs@27138b21b4; (heading/title -> first paragraph/description)',
  ms_vba_docs:
    'CC-BY-4.0 (documentation; LICENSE); github.com/MicrosoftDocs/VBA-Docs@b2cda886ea; (heading/title -> first paragraph/description)',
  openstax:
    'CC-BY-3.0/4.0 (OpenStax; LICENSE.txt of each repository); github.com/philschatz/biology-book@cf3dc8c0d8, github.com/philschatz/physics-book@a7efaa7e22, github.com/philschatz/sociology-book@8f29e07cc2, github.com/philschatz/economics-book@d3f319e7a1, github.com/philschatz/psychology-book@aa152d641e, github.com/philschatz/us-history-book@635ed5914e, github.com/philschatz/anatomy-book@eadaa6b299, github.com/philschatz/statistics-book@c7137efc90; (heading/title -> first paragraph/description)',
  peps_eips:
    'PEPs: public domain or CC0-1.0 (each PEP says so; a few older ones Open Publication License); EIPs CC0-1.0; github.com/python/peps@ba4deeb796, github.com/ethereum/EIPs@f767a1e807; (heading/title -> first paragraph/description)',
  python_docs:
    'PSF-2.0 (English message ids of the Python documentation, in the Spanish translation repository; whole paragraphs); github.com/python/python-docs-es@91f4ccc0ba; (heading/title -> first paragraph/description)',
  software_docs_ccby:
    'CC-BY-4.0 (documentation licence of each repository); github.com/microsoft/TypeScript-Website@1f8e642574, github.com/open-telemetry/opentelemetry.io@dd5997c8b9, github.com/reactjs/react.dev@12d692da47, github.com/vuejs/docs@01e098a967, github.com/kubeflow/website@476e4c1080, github.com/alexeygrigorev/data-science-interviews@83a2fefb2f, github.com/donnemartin/system-design-primer@ae9bbd7b02; (heading/title -> first paragraph/description)',
  software_docs_permissive:
    'MIT / Apache-2.0 (LICENSE of each repository); github.com/electron/electron@96f3996d8d, github.com/nodejs/nodejs.org@6f94c8a6ab, github.com/rust-lang/book@917544888a, github.com/rust-lang/rfcs@354518a8c9, github.com/sudheerj/reactjs-interview-questions@4c35559349, github.com/30-seconds/30-seconds-of-interviews@eb703b6a5a, github.com/trimstray/test-your-sysadmin-skills@d566322e4f, github.com/sendgrid/docs@c3eb3fef61, github.com/fastapi/fastapi@c3f316b7e8, github.com/eslint/eslint@c27bc926e4, github.com/kubernetes/community@24e7d8f540, github.com/kubernetes/enhancements@64765b4b02, github.com/prometheus/docs@c105550aad; (heading/title -> first paragraph/description)',
  taskmaster: 'CC-BY-4.0; github.com/google-research-datasets/Taskmaster@d92cb6af30; (user turn -> reply; weak pairs)',
  tldr: 'CC-BY-4.0; github.com/tldr-pages/tldr@08e345f426; (task -> command and what it does)',
  wordnet:
    'CC-BY-4.0 and WordNet licence; github.com/globalwordnet/english-wordnet@d94538ad0d; (lemma -> definition, synonyms -> definition, definition -> example)',
};
