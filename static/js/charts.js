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
  const button = document.querySelector(`[data-download="${plot.dataset.figure}"]`);
  if (button) button.hidden = false;
}

function drawAll(root) {
  for (const plot of root.querySelectorAll("[data-figure]")) draw(plot);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-download]");
  if (!button) return;
  const id = button.dataset.download;
  const plot = document.querySelector(`[data-figure="${id}"]`);
  window.Plotly.downloadImage(plot, {
    filename: id,
    format: "svg",
    height: plot.offsetHeight,
    width: plot.offsetWidth,
  });
});

document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
drawAll(document);
