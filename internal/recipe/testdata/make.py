"""Makes the pictures beside it as the programs do that they are named for: with Pillow
(and piexif for AUTOMATIC1111), the texts as those programs write them."""

import json
import os

import piexif
import piexif.helper
from PIL import Image
from PIL.PngImagePlugin import PngInfo

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGE = Image.linear_gradient("L").resize((24, 16)).convert("RGB")


def path(name):
    return os.path.join(HERE, name)


def png(name, texts):
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    IMAGE.save(path(name), pnginfo=info)


# AUTOMATIC1111, modules/images.py: a text chunk, or Exif's comment by piexif.
A1111 = (
    "a red fox in fresh snow, (morning light:1.2), <lora:detail:0.8>\n雪中的狐狸\n"
    "Negative prompt: blurry, low quality\n"
    'Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1234567890, Size: 512x768, '
    'Model hash: 6ce0161689, Model: v1-5-pruned, Lora hashes: "detail: 5a3b2c1d, other: 00ff", Version: v1.10.1'
)
png("automatic1111.png", {"parameters": A1111})
comment = piexif.dump({"Exif": {piexif.ExifIFD.UserComment: piexif.helper.UserComment.dump(A1111, encoding="unicode")}})
for name in ("automatic1111.jpg", "automatic1111.webp"):
    IMAGE.save(path(name), quality=80)
    piexif.insert(comment, path(name))

# ComfyUI, nodes.py and comfy_extras/nodes_images.py: the graph that was run and the one that was drawn.
GRAPH = {
    "3": {"inputs": {"seed": 156680208700286, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
                     "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]},
          "class_type": "KSampler", "_meta": {"title": "KSampler"}, "is_changed": [float("nan")]},
    "4": {"inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}, "class_type": "CheckpointLoaderSimple"},
    "5": {"inputs": {"width": 768, "height": 512, "batch_size": 1}, "class_type": "EmptyLatentImage"},
    "6": {"inputs": {"text": "beautiful scenery, 玻璃瓶, purple galaxy", "clip": ["4", 1]}, "class_type": "CLIPTextEncode"},
    "7": {"inputs": {"text": "text, watermark", "clip": ["4", 1]}, "class_type": "CLIPTextEncode"},
    "8": {"inputs": {"samples": ["3", 0], "vae": ["4", 2]}, "class_type": "VAEDecode"},
    "9": {"inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}, "class_type": "SaveImage"},
    "10": {"inputs": {"lora_name": "glass.safetensors", "strength_model": 1.0, "model": ["4", 0], "clip": ["4", 1]}, "class_type": "LoraLoader"},
}
FLUX = {
    "5": {"inputs": {"width": ["40", 0], "height": ["41", 0], "batch_size": 1}, "class_type": "EmptySD3LatentImage"},
    "6": {"inputs": {"text": ["42", 0], "clip": ["11", 0]}, "class_type": "CLIPTextEncode"},
    "11": {"inputs": {"clip_name1": "t5xxl_fp16.safetensors", "clip_name2": "clip_l.safetensors", "type": "flux"}, "class_type": "DualCLIPLoader"},
    "12": {"inputs": {"unet_name": "flux1-dev.safetensors", "weight_dtype": "default"}, "class_type": "UNETLoader"},
    "13": {"inputs": {"noise": ["25", 0], "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["17", 0], "latent_image": ["5", 0]},
           "class_type": "SamplerCustomAdvanced"},
    "16": {"inputs": {"sampler_name": "euler"}, "class_type": "KSamplerSelect"},
    "17": {"inputs": {"scheduler": "simple", "steps": 20, "denoise": 1.0, "model": ["12", 0]}, "class_type": "BasicScheduler"},
    "22": {"inputs": {"model": ["12", 0], "conditioning": ["26", 0]}, "class_type": "BasicGuider"},
    "25": {"inputs": {"noise_seed": 219670278747233}, "class_type": "RandomNoise"},
    "26": {"inputs": {"guidance": 3.5, "conditioning": ["6", 0]}, "class_type": "FluxGuidance"},
    "40": {"inputs": {"value": 1344}, "class_type": "PrimitiveInt"},
    "41": {"inputs": {"value": 768}, "class_type": "PrimitiveInt"},
    "42": {"inputs": {"value": "a tiny astronaut hatching from an egg on the moon"}, "class_type": "PrimitiveStringMultiline"},
}
png("comfyui.png", {"prompt": json.dumps(GRAPH), "workflow": json.dumps({"nodes": [], "version": 0.4})})
png("comfyui-flux.png", {"prompt": json.dumps(FLUX)})
exif = IMAGE.getexif()
exif[0x0110] = "prompt:" + json.dumps(GRAPH)
exif[0x010F] = "workflow:" + json.dumps({"nodes": [], "version": 0.4})
IMAGE.save(path("comfyui.webp"), exif=exif, lossless=True)

# InvokeAI: one object since version 3; before it an object in an object, and before that a command.
png("invokeai.png", {
    "invokeai_metadata": json.dumps({
        "app_version": "4.2.9", "generation_mode": "sdxl_txt2img", "positive_prompt": "a lighthouse in a storm", "negative_prompt": "people",
        "width": 1216, "height": 832, "seed": 3829102, "rand_device": "cpu", "cfg_scale": 7.5, "cfg_rescale_multiplier": 0, "steps": 30,
        "scheduler": "euler", "model": {"key": "k", "hash": "blake3:1", "name": "Juggernaut XL v9", "base": "sdxl", "type": "main"}, "loras": []}),
    "invokeai_graph": "{}"})
png("invokeai-2.png", {
    "sd-metadata": json.dumps({
        "model": "stable diffusion", "model_weights": "stable-diffusion-1.5", "model_hash": "cc6c", "app_id": "invoke-ai/InvokeAI", "app_version": "v2.3.5",
        "image": {"prompt": [{"prompt": "a lighthouse [people] at dusk", "weight": 1}], "steps": 50, "cfg_scale": 7.5, "threshold": 0, "perlin": 0,
                  "height": 512, "width": 704, "seed": 42, "type": "txt2img", "postprocessing": None, "sampler": "k_lms", "variations": []}}),
    "Dream": '"a lighthouse [people] at dusk" -s 50 -S 42 -W 704 -H 512 -C 7.5 -A k_lms'})
png("invokeai-1.png", {"Dream": '"a \\"quiet\\" lighthouse [people]" -s 50 -S 42 -W 704 -H 512 -C 7.5 -A k_lms'})

# Fooocus, modules/meta_parser.py: an object, or AUTOMATIC1111's form; in Exif without a code before it.
FOOOCUS = json.dumps({
    "adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "juggernautXL_v8Rundiffusion", "base_model_hash": "aeb7e9e689", "full_negative_prompt": ["blurry"],
    "full_prompt": ["cinematic still a teapot on a windowsill"], "guidance_scale": 4.0, "loras": [["sd_xl_offset_example-lora_1.0", 0.1, "4852686128"]],
    "metadata_scheme": "fooocus", "negative_prompt": "", "performance": "Speed", "prompt": "a teapot on a windowsill", "prompt_expansion": "",
    "refiner_model": "None", "refiner_switch": 0.5, "resolution": "(1152, 896)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras",
    "seed": "7283619283", "sharpness": 2.0, "steps": 30, "styles": "['Fooocus V2', 'Fooocus Sharp']", "vae": "Default (model)", "version": "Fooocus v2.5.5"})
png("fooocus.png", {"parameters": FOOOCUS, "fooocus_scheme": "fooocus"})
png("fooocus-old.png", {"parameters": json.dumps({"Prompt": "a teapot", "Negative Prompt": "blurry", "Performance": "Speed", "Resolution": "(896, 1152)",
                                                  "Base Model": "juggernautXL_v8Rundiffusion.safetensors", "Seed": 5})})
exif = Image.Exif()
exif[0x9286], exif[0x0131], exif[0x927C] = FOOOCUS, "Fooocus v2.5.5", "fooocus"
IMAGE.save(path("fooocus.jpg"), exif=exif)
