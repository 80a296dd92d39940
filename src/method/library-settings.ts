import type { Category } from "../vocabulary/proposal.ts";

/** A setting of a library that governs how much memory it takes. Shown, never applied without consent. */
interface LibrarySetting {
  name: string;
  effect: string;
  /** What it takes in exchange. */
  cost: string;
  source: string;
}

export interface KnownLibrary {
  /** Top-level package. */
  package: string;
  /** What its memory usually is. */
  holds: Category;
  settings: readonly LibrarySetting[];
}

/** Data, not code: what the documentation of each library says of its memory. */
export const knownLibraries: readonly KnownLibrary[] = [
  {
    package: "onnxruntime",
    holds: "model-weights",
    settings: [
      {
        name: "SessionOptions.enable_cpu_mem_arena = False",
        effect: "no arena that keeps the largest workspace ever needed",
        cost: "inference allocates afresh, often slower",
        source: "https://github.com/microsoft/onnxruntime/issues/11627",
      },
      {
        name: "SessionOptions.enable_mem_pattern = False",
        effect: "no cached allocation pattern per input shape; of use where shapes vary",
        cost: "somewhat slower for equal shapes",
        source: "https://onnxruntime.ai/docs/api/python/api_summary.html",
      },
    ],
  },
  {
    package: "torch",
    holds: "model-weights",
    settings: [
      {
        name: "with torch.inference_mode():",
        effect: "no autograd graph is kept for results that are never differentiated",
        cost: "its tensors cannot enter autograd later",
        source: "https://docs.pytorch.org/docs/stable/generated/torch.autograd.grad_mode.inference_mode.html",
      },
      {
        name: "torch.load(..., mmap=True)",
        effect: "weights are mapped from the file instead of read",
        cost: "pages are read when first used; needs consent: mmap",
        source: "https://docs.pytorch.org/docs/stable/generated/torch.load.html",
      },
    ],
  },
  {
    package: "transformers",
    holds: "model-weights",
    settings: [
      {
        name: "from_pretrained(..., dtype=torch.bfloat16)",
        effect: "half of the bytes for each weight",
        cost: "other results; needs consent: quantization",
        source: "https://huggingface.co/docs/transformers/main_classes/model",
      },
    ],
  },
  {
    package: "paddle",
    holds: "inference-buffers",
    settings: [
      {
        name: "FLAGS_allocator_strategy",
        effect: "chooses between an allocator that grows with need and one that takes its share at the start",
        cost: "more fragments, or more memory at once",
        source: "https://www.paddlepaddle.org.cn/documentation/docs/en/guides/flags/memory_en.html",
      },
    ],
  },
  {
    package: "tensorflow",
    holds: "model-weights",
    settings: [
      {
        name: "dataset.prefetch / shuffle(buffer_size)",
        effect: "the buffers hold that many elements",
        cost: "less overlap of reading and computing, weaker shuffling",
        source: "https://www.tensorflow.org/guide/data_performance",
      },
    ],
  },
  {
    package: "spacy",
    holds: "model-weights",
    settings: [
      {
        name: "spacy.load(..., exclude=[...])",
        effect: "components that are not used are never loaded",
        cost: "their annotations are absent",
        source: "https://spacy.io/usage/processing-pipelines#disabling",
      },
      {
        name: "with nlp.memory_zone():",
        effect: "vocabulary entries of the block are dropped at its end",
        cost: "documents made inside may not be used outside",
        source: "https://spacy.io/usage/memory-management",
      },
    ],
  },
  {
    package: "sklearn",
    holds: "data-structures",
    settings: [
      {
        name: "sklearn.set_config(working_memory=MiB)",
        effect: "limits the temporary arrays of chunked computations",
        cost: "more chunks",
        source: "https://scikit-learn.org/stable/modules/generated/sklearn.set_config.html",
      },
    ],
  },
  {
    package: "joblib",
    holds: "data-structures",
    settings: [
      {
        name: "joblib.load(..., mmap_mode='r')",
        effect: "arrays are mapped from the file instead of read",
        cost: "pages are read when first used; needs consent: mmap",
        source: "https://joblib.readthedocs.io/en/stable/generated/joblib.load.html",
      },
    ],
  },
  {
    package: "numpy",
    holds: "image-buffers",
    settings: [
      {
        name: "np.load(..., mmap_mode='r')",
        effect: "arrays are mapped from the file instead of read",
        cost: "pages are read when first used; needs consent: mmap",
        source: "https://numpy.org/doc/stable/reference/generated/numpy.load.html",
      },
    ],
  },
  {
    package: "pandas",
    holds: "data-structures",
    settings: [
      {
        name: "read_csv(usecols=[...])",
        effect: "columns that nobody reads are never made",
        cost: "they are absent from the frame",
        source: "https://pandas.pydata.org/docs/user_guide/scale.html",
      },
      {
        name: "read_csv(chunksize=N)",
        effect: "one chunk at a time",
        cost: "the work must be a reduction over chunks",
        source: "https://pandas.pydata.org/docs/user_guide/scale.html",
      },
    ],
  },
  {
    package: "polars",
    holds: "data-structures",
    settings: [
      {
        name: "scan_csv(...).collect(engine='streaming')",
        effect: "the query runs in batches",
        cost: "operations that cannot stream fall back",
        source: "https://docs.pola.rs/user-guide/concepts/streaming",
      },
    ],
  },
  {
    package: "pyarrow",
    holds: "data-structures",
    settings: [
      {
        name: "ARROW_DEFAULT_MEMORY_POOL=system",
        effect: "freed buffers go back to the C allocator instead of staying in the pool",
        cost: "allocation is slower",
        source: "https://arrow.apache.org/docs/python/memory.html",
      },
    ],
  },
  {
    package: "duckdb",
    holds: "data-structures",
    settings: [
      {
        name: "SET memory_limit = '...'",
        effect: "larger intermediate results go to disk",
        cost: "slower beyond the limit",
        source: "https://duckdb.org/docs/stable/configuration/overview",
      },
    ],
  },
  {
    package: "PIL",
    holds: "image-buffers",
    settings: [
      {
        name: "Image.draft(mode, size)",
        effect: "a JPEG is decoded at a smaller size from the start",
        cost: "only where a smaller picture is enough",
        source: "https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.draft",
      },
      {
        name: "PILLOW_BLOCKS_MAX",
        effect: "how many freed 16 MiB blocks are kept for reuse (0 by default)",
        cost: "none when it is 0",
        source: "https://pillow.readthedocs.io/en/stable/reference/block_allocator.html",
      },
    ],
  },
  {
    package: "cv2",
    holds: "image-buffers",
    settings: [
      {
        name: "cv2.imread(path, cv2.IMREAD_REDUCED_COLOR_2)",
        effect: "half of the width and height, a quarter of the bytes",
        cost: "only where a smaller picture is enough",
        source: "https://docs.opencv.org/4.x/d8/d6a/group__imgcodecs__flags.html",
      },
    ],
  },
  {
    package: "lxml",
    holds: "data-structures",
    settings: [
      {
        name: "etree.iterparse(...) with element.clear()",
        effect: "the tree is dropped while it is read",
        cost: "no going back in the document",
        source: "https://lxml.de/parsing.html#iterparse-and-iterwalk",
      },
    ],
  },
  {
    package: "sqlalchemy",
    holds: "data-structures",
    settings: [
      {
        name: "execution_options(yield_per=N)",
        effect: "rows and objects come in batches instead of all at once",
        cost: "no eager loading of joined collections",
        source: "https://docs.sqlalchemy.org/en/20/orm/queryguide/api.html#orm-queryguide-yield-per",
      },
    ],
  },
  {
    package: "django",
    holds: "data-structures",
    settings: [
      {
        name: "QuerySet.iterator(chunk_size=N)",
        effect: "objects are not kept in the query set's cache",
        cost: "a second pass asks the database again",
        source: "https://docs.djangoproject.com/en/stable/ref/models/querysets/#iterator",
      },
      {
        name: "DEBUG = False",
        effect: "executed queries are no longer kept in connection.queries",
        cost: "none in production",
        source: "https://docs.djangoproject.com/en/stable/faq/models/#why-is-django-leaking-memory",
      },
    ],
  },
  {
    package: "openpyxl",
    holds: "data-structures",
    settings: [
      {
        name: "load_workbook(..., read_only=True)",
        effect: "rows are read when asked for, cells are not kept",
        cost: "cells cannot be changed",
        source: "https://openpyxl.readthedocs.io/en/stable/optimized.html",
      },
    ],
  },
  {
    package: "requests",
    holds: "data-structures",
    settings: [
      {
        name: "requests.get(..., stream=True) with iter_content(N)",
        effect: "the body is not read into memory as a whole",
        cost: "the connection stays open while it is read",
        source: "https://requests.readthedocs.io/en/latest/user/advanced/#body-content-workflow",
      },
    ],
  },
];
