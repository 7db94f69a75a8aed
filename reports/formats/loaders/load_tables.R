# Reads the tables of an export into data frames, with types, and checks the manifest first.
#
#   source("load_tables.R")
#   tables <- load_tables("path/to/the/unpacked/export")
#   tables$visits
#
# Integers and decimals are numeric, dates Date, times POSIXct in UTC, codes factors whose levels
# are the codes in the order of the codebook (attribute "labels": what they mean); partial dates
# and texts stay character. An empty cell is NA; "ND", "UNK" and "NA" in the columns that end with
# _missing are codes and stay. Base R only; SHA-256 comes from R itself (4.5 and newer), from the
# package openssl or digest, or from the program sha256sum or shasum.

load_tables <- function(folder) {
  manifest <- .read_text(file.path(folder, "manifest.csv"))
  codebook <- .read_text(file.path(folder, "codebook.csv"))
  tables <- list()
  for (i in seq_len(nrow(manifest))) {
    said <- manifest[i, ]
    path <- file.path(folder, said$file)
    if (!file.exists(path)) stop(said$file, " is missing")
    if (.sha256(path) != said$sha256) stop(said$file, " is not the file of the manifest")
    if (is.na(said$table)) next
    frame <- .read_text(path)
    if (nrow(frame) != as.numeric(said$rows) || ncol(frame) != as.numeric(said$columns))
      stop(said$table, " has ", nrow(frame), " rows and ", ncol(frame), " columns")
    if ("patient" %in% names(frame)) {
      found <- length(unique(frame$patient[!is.na(frame$patient)]))
      if (found != as.numeric(said$patients)) stop(said$table, " has ", found, " patients")
    }
    lines <- codebook[codebook$table == said$table, ]
    for (name in names(frame))
      frame[[name]] <- .typed(frame[[name]], lines[lines$name == name, ])
    tables[[said$table]] <- frame
  }
  tables
}

.read_text <- function(path) {
  # As text first: site codes have leading zeros, and NA is a code.
  read.csv(path, colClasses = "character", na.strings = "", check.names = FALSE,
           encoding = "UTF-8", strip.white = FALSE, comment.char = "")
}

.typed <- function(column, line) {
  kind <- line$type
  if (kind %in% c("integer", "decimal")) return(as.numeric(column))
  if (kind == "date") return(as.Date(column, format = "%Y-%m-%d"))
  if (kind == "datetime")
    return(as.POSIXct(column, format = "%Y-%m-%dT%H:%M:%SZ", tz = "UTC"))
  if (is.na(line$codes)) return(column)
  parts <- strsplit(line$codes, " | ", fixed = TRUE)[[1]]
  codes <- sub("=.*$", "", parts)
  # Several codes in one cell, with commas, stay text.
  if (!all(is.na(column) | column %in% codes)) return(column)
  made <- factor(column, levels = codes)
  attr(made, "labels") <- setNames(sub("^[^=]*=", "", parts), codes)
  made
}

.sha256 <- function(path) {
  if (exists("sha256sum", asNamespace("tools")))
    return(unname(get("sha256sum", asNamespace("tools"))(path)))
  if (requireNamespace("openssl", quietly = TRUE)) {
    opened <- file(path, "rb")
    on.exit(close(opened))
    return(paste(as.character(openssl::sha256(opened)), collapse = ""))
  }
  if (requireNamespace("digest", quietly = TRUE))
    return(digest::digest(path, algo = "sha256", file = TRUE))
  for (program in list(c("sha256sum"), c("shasum", "-a", "256")))
    if (nzchar(Sys.which(program[1])))
      return(sub(" .*$", "", system2(program[1], c(program[-1], shQuote(path)), stdout = TRUE)))
  stop("nothing here computes SHA-256: install the package openssl")
}
