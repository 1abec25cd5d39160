# docker build -t noprop-bench .
# docker run --rm -v "$PWD/results:/app/results" noprop-bench bench.run
# docker run --rm -v "$PWD/results:/app/results" noprop-bench bench.report
FROM python:3.12-slim
RUN pip install --no-cache-dir torch torchvision --index-url https://download.pytorch.org/whl/cpu
COPY . /source
RUN pip install --no-cache-dir "/source[plots]" && rm -r /source
WORKDIR /app
ENTRYPOINT ["python", "-m"]
CMD ["bench.run", "--list"]
