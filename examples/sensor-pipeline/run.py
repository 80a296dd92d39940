from sensor_pipeline.pipeline import main

if __name__ == "__main__":
    main()
