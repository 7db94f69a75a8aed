/* Draws every [data-figure] with Plotly, in the manner of the pages around it. */

"use strict";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* Laid under each figure's own layout. */
function houseLayout() {
  const axis = {
    automargin: true,
    gridcolor: "#eceae3",
    linecolor: token("--line-strong"),
    showline: true,
    tickcolor: token("--line-strong"),
    ticklen: 5,
    ticks: "outside",
    title: { font: { size: 13 }, standoff: 10 },
    zeroline: false,
  };
  return {
    colorway: [token("--accent"), "#c0722a", "#5a6fb0", "#8a8f3c", "#8c4f7d", "#5d6b6c"],
    font: { color: token("--ink"), family: token("--font"), size: 13 },
    hoverlabel: { bgcolor: token("--surface"), bordercolor: token("--line-strong") },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    margin: { b: 48, l: 56, r: 16, t: 24 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: axis,
    yaxis: axis,
  };
}

const config = {
  displayModeBar: false,
  displaylogo: false,
  doubleClick: "reset",
  responsive: true,
  scrollZoom: false,
};

/* Figure of the script element with this id. Its own layout wins over the house's template. */
function figureOf(id) {
  const { data, layout = {} } = JSON.parse(document.getElementById(id).textContent);
  return { config, data, layout: { ...layout, template: { layout: houseLayout() } } };
}

async function draw(plot) {
  if (plot.dataset.drawn) return;
  plot.dataset.drawn = "yes";
  plot.replaceChildren();
  await window.Plotly.newPlot(plot, figureOf(plot.dataset.figure));
  plot.on("plotly_click", follow);
  plot.on("plotly_clickannotation", ({ annotation }) => open(annotation.name));
  for (const button of document.querySelectorAll(`[data-download="${plot.dataset.figure}"]`)) {
    button.hidden = false;
  }
}

/* A point whose first datum is an address opens it: the patient behind a bar or a line. */
function follow({ points }) {
  const data = points[0] && points[0].customdata;
  if (Array.isArray(data)) open(data[0]);
}

function open(address) {
  if (address) window.location.assign(address);
}

function drawAll(root) {
  for (const plot of root.querySelectorAll("[data-figure]")) draw(plot);
}

/* The words in lines that fit a picture of this width, in pixels. */
function inLines(words, width) {
  const letters = Math.floor(width / 6.4);
  const lines = [""];
  for (const word of words.split(/\s+/)) {
    const line = lines[lines.length - 1];
    if (line && line.length + word.length >= letters) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}

/* The figure as it goes into a file: on white, with its title, and its footnote and cut below. */
function printed(plot) {
  const id = plot.dataset.figure;
  const words = (end) => document.getElementById(`${id}-${end}`)?.textContent.trim() ?? "";
  const { data, layout } = figureOf(id);
  const width = plot.offsetWidth;
  const foot = inLines([words("note"), plot.dataset.source ?? ""].join(" "), width);
  const margin = layout.margin ?? {};
  const bottom = (margin.b ?? 48) + 16;
  const note = {
    align: "left", font: { size: 11 }, showarrow: false, text: foot.join("<br>"),
    x: 0, xanchor: "left", xref: "container", y: 0, yanchor: "bottom", yref: "container",
  };
  return {
    data,
    height: plot.offsetHeight + 44 + 15 * foot.length,
    layout: {
      ...layout,
      autosize: false,
      height: plot.offsetHeight + 44 + 15 * foot.length,
      width,
      margin: { ...margin, b: bottom + 15 * foot.length, t: (margin.t ?? 24) + 44 },
      paper_bgcolor: "#fff",
      title: { text: words("title"), x: 0.01, y: 0.99, yanchor: "top", font: { size: 16 } },
      annotations: [...(layout.annotations ?? []), note],
    },
    width,
  };
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-download]");
  if (!button) return;
  const { download: id, format } = button.dataset;
  const plot = document.querySelector(`[data-figure="${id}"]`);
  const { data, layout, width, height } = printed(plot);
  const scale = format === "png" ? 2 : 1;
  await window.Plotly.downloadImage(
    { config, data, layout },
    { filename: id, format, height, scale, width },
  );
});

document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
drawAll(document);
